#!/bin/sh
# Docker Swarm: makes a stack out of docker-compose.yml and .env, and deploys it.
#
#   deploy/stack.sh show            print the stack
#   deploy/stack.sh deploy [NAME]   deploy it; again for every change and every new version
#
# `docker stack deploy` refuses conditions in depends_on, profiles, and limits at the first level: those are
# left out here. Limits stand a second time under `deploy`; what a service needs it waits for by itself; work
# that is done once is repeated until it succeeds. What keeps data runs on one node, where this folder is:
#
#   docker node update --label-add prasan=data NODE
#
# PRASAN_IMAGE names the image where a registry serves it to every node.
set -eu
cd "$(dirname "$0")/.."
. deploy/operate/words.sh
. deploy/operate/settings.sh
. deploy/operate/engine.sh

stack() {
    printf 'version: "3.8"\n'
    awk -v profiles=",$(setting COMPOSE_PROFILES)," -v image="${PRASAN_IMAGE:-$(image)}" \
        -v dkim="$(setting DKIM_KEY_FILE)" '
        function flush() {
            if (wanted) printf "%s", part
            part = ""
            wanted = 1
        }
        { match($0, /^ */); depth = RLENGTH }
        /^ *# in a swarm: / { sub(/# in a swarm: /, "") }
        /^[a-z]/ || /^  [a-z-]+:$/ { flush() }
        leaving && (depth > leaving || !NF) { next }
        { leaving = 0 }
        /^ +depends_on:/ { leaving = depth; next }
        /^ *#/ || /# not in a swarm/ || /^ +(mem_limit|cpus|build|restart|security_opt):/ { next }
        /deploy\/dkim/ { if (dkim == "") next }
        /^ +profiles:/ {
            match($0, /\[[a-z]+\]/)
            wanted = index(profiles, "," substr($0, RSTART + 1, RLENGTH - 2) ",")
            next
        }
        /image: prasan:/ { sub(/prasan:.*/, image) }
        /^    volumes:$/ { held = $0 "\n"; next }
        held != "" { if (depth > 4) part = part held; held = "" }
        { part = part $0 "\n" }
        END { flush() }
    ' docker-compose.yml
}

# `docker stack deploy` does not read .env; what the environment says goes before it here too.
with_env() {
    while IFS= read -r line; do
        case $line in
            [A-Z]*=*) eval "[ -n \"\${${line%%=*}:-}\" ]" || export "${line%%=*}=$(setting "${line%%=*}")" ;;
        esac
    done <"$ENV_FILE"
    PRASAN_TLS=$(setting PRASAN_TLS "$(tls_kind)")
    export PRASAN_TLS
    "$@"
}

case ${1:-} in
    show) stack ;;
    deploy)
        write_env
        check_secrets
        mkdir -p "$STATE"
        find_engine
        [ -n "${PRASAN_IMAGE:-}" ] || build
        stack | with_env docker stack deploy --prune --with-registry-auth --resolve-image never \
            --compose-file - "${2:-prasan}"
        say "docker stack services ${2:-prasan}" ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
