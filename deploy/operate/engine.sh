# shellcheck shell=sh
# Docker and Compose, whichever of the two versions is here, and what they say of our containers.

PATIENCE=${PRASAN_PATIENCE:-300} # seconds until all must be healthy
LOOK_EVERY=${PRASAN_LOOK_EVERY:-1} # seconds
ONCE="prepare database-users migrate metrics-token"
STATE=.prasan # what the scripts remember: the first token, an upgrade that is under way, the last log

find_engine() {
    command -v docker >/dev/null 2>&1 || give_up "Docker is missing: https://docs.docker.com/engine/install/"
    version=$(docker version --format '{{.Server.Version}}' 2>/dev/null) ||
        give_up "Docker does not answer. Is it running, and may you use it? Try: docker info"
    at_least 20.10 "$version" || give_up "Docker $version is too old: 20.10 or later is needed."
    if docker compose version >/dev/null 2>&1; then
        COMPOSE="docker compose"
    elif command -v docker-compose >/dev/null 2>&1; then
        COMPOSE=docker-compose
    else
        give_up "Docker Compose is missing: https://docs.docker.com/compose/install/"
    fi
    COMPOSE=${PRASAN_COMPOSE:-$COMPOSE}
    version=$($COMPOSE version --short)
    at_least 1.29 "${version#v}" || give_up "Docker Compose $version is too old: 1.29 or later is needed."
}

# at_least 20.10 28.2.2: is the second version no older than the first?
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

compose() {
    PRASAN_TLS=$(setting PRASAN_TLS "$(tls_kind)") PRASAN_VERSION=$(wanted_version) \
        $COMPOSE --env-file "$ENV_FILE" "$@"
}

# The version of this folder's code, unless .env or an upgrade that is taken back says another.
wanted_version() { setting PRASAN_VERSION "$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -n 1)"; }
image() { printf 'prasan:%s' "$(wanted_version)"; }

# What the image is made from, as one number; the image carries it as a label.
fingerprint() {
    find Dockerfile .dockerignore requirements.txt pyproject.toml README.md shared services prasan \
        -type f ! -name '*.pyc' ! -path 'shared/testing/*' -exec sha256sum {} + | LC_ALL=C sort |
        sha256sum | cut -c 1-16
}

built_from() { docker image inspect --format '{{index .Config.Labels "prasan.source"}}' "$1" 2>/dev/null || true; }

# Builds the image where there is none of this code.
build() {
    source=$(fingerprint)
    [ "$(built_from "$(image)")" = "$source" ] && return
    say "Building $(image)"
    docker build --tag "$(image)" --label "prasan.source=$source" . >"$STATE/build.log" 2>&1 || {
        tail -n 15 "$STATE/build.log" >&2
        give_up "The image could not be built. Is there a way to the image registry and the package index?
The whole story: $STATE/build.log"
    }
}

# Fetches the images of others that are not here yet, each with a line, since it may take minutes.
fetch() {
    compose config 2>/dev/null | sed -n 's/^ *image: *//p' | sort -u | grep -v '^prasan:' >"$STATE/images"
    while read -r name; do
        docker image inspect "$name" >/dev/null 2>&1 && continue
        say "Fetching $name"
        docker pull --quiet "$name" >"$STATE/pull.log" 2>&1 </dev/null || {
            tail -n 3 "$STATE/pull.log" >&2
            give_up "$name could not be fetched. Is there a way to the image registry? Nothing was started."
        }
    done <"$STATE/images"
}

# Takes away what was made with other files of ours than are here now, as after an upgrade; data stays.
retire_outdated() {
    for pair in proxy:proxy broker:rabbitmq database:mongo prometheus:prometheus grafana:grafana; do
        now=$(find "deploy/${pair#*:}" -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum | cut -c 1-16)
        known=$(sed -n "s/^${pair%:*}=//p" "$STATE/files" 2>/dev/null || true)
        if [ -n "$known" ] && [ "$known" != "$now" ]; then
            warn "The files of ${pair%:*} changed: it is made anew"
            COMPOSE_PROFILES=observe compose rm --stop --force "${pair%:*}" >"$STATE/rm.log" 2>&1
        fi
        printf '%s=%s\n' "${pair%:*}" "$now"
    done >"$STATE/files.new"
    mv "$STATE/files.new" "$STATE/files"
}

# The services of profiles that .env does not name, and the operator's own. Compose 1.29 lists them with the
# others, and would start them.
not_asked_for() {
    awk -v profiles=",$(setting COMPOSE_PROFILES)," '
        BEGIN { print "cli" }
        /^  [a-z-]+:$/ { name = substr($1, 1, length($1) - 1) }
        /^    profiles:/ {
            match($0, /\[[a-z]+\]/)
            if (!index(profiles, "," substr($0, RSTART + 1, RLENGTH - 2) ",")) print name
        }
    ' docker-compose.yml
}

# One line a container: service, status as `docker ps` words it.
containers() {
    docker ps --all --format '{{.Label "com.docker.compose.service"}}|{{.Status}}' \
        --filter "label=com.docker.compose.project=$(setting COMPOSE_PROJECT_NAME prasan)" \
        --filter "label=com.docker.compose.oneoff=False"
}

# well, waiting or failed: what a status means for a service.
verdict() {
    once=no
    case " $ONCE " in *" $1 "*) once=yes ;; esac
    case "$once $2" in
        *\(healthy\)* | 'yes Exited (0)'*) printf well ;;
        'yes Exited ('*) printf failed ;;
        *) printf waiting ;;
    esac
}

# wait_until_healthy SERVICE…: a line for each as it becomes well; ends with its log where one does not.
wait_until_healthy() {
    begun=$(date +%s)
    told=
    while :; do
        compose_is=$(cat "$STATE/up.code" 2>/dev/null || true)
        containers >"$STATE/containers"
        missing='' broken=''
        for service in "$@"; do
            state=waiting
            while IFS='|' read -r name status; do
                [ "$name" = "$service" ] || continue
                state=$(verdict "$name" "$status")
                [ "$state" = well ] || break
            done <"$STATE/containers"
            case $state in
                failed) broken="$broken $service" ;;
                waiting) missing="$missing $service" ;;
                well)
                    case " $told " in *" $service "*) continue ;; esac
                    told="$told $service"
                    say "  ✔ $service ($(($(date +%s) - begun)) s)" ;;
            esac
        done
        # what is seen before compose has done its part may be of the last start
        if [ "$compose_is" = finished ] && [ -z "$missing$broken" ]; then return; fi
        if [ -n "$compose_is" ] && [ -n "$broken" ]; then explain_failure "${broken# }"; fi
        if [ "$compose_is" = failed ]; then
            tail -n 15 "$STATE/up.log" >&2
            give_up "Compose could not start everything${missing:+; still waiting for:$missing}"
        fi
        [ $(($(date +%s) - begun)) -lt "$PATIENCE" ] || explain_failure "${missing# }${broken}"
        sleep "$LOOK_EVERY"
    done
}

# The end, with the last words of the services that are not well.
explain_failure() {
    for service in $1; do
        warn ""
        warn "$service is not well. Its last words:"
        compose logs --no-color --tail 12 "$service" 2>&1 | sed 's/^/    /' >&2
    done
    give_up "Not everything started: $1. What is running stays; mend the cause and run the same command again.
More: make ps, make logs"
}

# start SERVICE…: starts these and what they need, and returns once they are well.
start() {
    rm -f "$STATE/up.code"
    {
        if compose up --detach --no-build "$@" >"$STATE/up.log" 2>&1; then
            echo finished >"$STATE/up.code"
        else
            echo failed >"$STATE/up.code"
        fi
    } &
    wait_until_healthy "$@"
    wait $!
}

is_running() { containers | grep -q "^$1|Up"; }
