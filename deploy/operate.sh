#!/bin/sh
# The deployment with docker-compose, for a machine that has Docker and nothing else:
#
#   deploy/operate.sh env                 write .env with fresh secrets where there is none
#   deploy/operate.sh check               what `up` looks at before it starts anything
#   deploy/operate.sh up                  check, build, start, wait until all is healthy
#   deploy/operate.sh down | logs | ps
#   deploy/operate.sh backup              all three databases into one file under backups/
#   deploy/operate.sh restore FILE        the reverse; REPLACE=yes where there is data
#   deploy/operate.sh upgrade             backup, new version, migration, health; or back to the old
set -eu
cd "$(dirname "$0")/.."
. deploy/operate/words.sh
. deploy/operate/settings.sh
. deploy/operate/engine.sh
. deploy/operate/machine.sh
. deploy/operate/data.sh
. deploy/operate/upgrade.sh

SERVICES="projects partners notifications intake"

prepare_to_start() {
    mkdir -p "$STATE" && chmod 700 "$STATE"
    write_env
    check_secrets
    find_engine
    check_disk
    check_memory
    check_ports
}

up() {
    prepare_to_start
    build
    fetch
    check_settings
    start_everything
    end_upgrade
    first_token
    where_to_go
    [ "$(setting MAIL_MODE hold)" = hold ] || check_mail
}

# What the image itself says of the settings, before anything uses them.
check_settings() {
    compose run --rm --no-deps -T --entrypoint python notifications -m shared.config >"$STATE/settings.log" 2>&1 || {
        tail -n 1 "$STATE/settings.log" >&2
        give_up "Nothing was started. Mend $ENV_FILE and run the same command again."
    }
}

start_everything() {
    retire_outdated
    say "Starting"
    was_running=no
    is_running broker && was_running=yes
    start prepare broker database database-users
    # a broker that was running learns of new queues and passwords without a restart
    [ $was_running = no ] || compose exec -T broker rabbitmqctl -q import_definitions /etc/prasan/definitions.json
    not_asked_for >"$STATE/not-asked-for"
    # shellcheck disable=SC2046  # one word each
    start $(compose config --services | grep -vxFf "$STATE/not-asked-for")
}

# All that write to the databases, and the proxy, so that nobody is promised anything meanwhile.
stop_services() {
    # shellcheck disable=SC2086  # one word each
    compose stop proxy $SERVICES >"$STATE/stop.log" 2>&1 || give_up "The services could not be stopped: $STATE/stop.log"
}

# Where mail goes out, whether the mail server lets us in is worth knowing at once.
check_mail() {
    say ""
    compose run --rm -T cli check 2>"$STATE/check.log" ||
        give_up "Prasan is running, but not all of it is well: mend what is marked above. What cannot be sent waits."
}

# A token for the first steps, kept where only its owner can read it.
first_token() {
    [ -s "$STATE/token" ] && return
    (umask 077 && compose run --rm --no-deps -T cli token create --subject first-steps \
        --role operator --role coordinator --role partner_manager --lifetime 30d \
        >"$STATE/token.new" 2>"$STATE/token.log") || give_up "No token could be made: $(tail -n 1 "$STATE/token.log")"
    mv "$STATE/token.new" "$STATE/token"
}

where_to_go() {
    port=$(setting HTTPS_PORT 443)
    address=https://$(setting PRASAN_HOST localhost)
    [ "$port" = 443 ] || address=$address:$port
    operators=https://localhost:$(setting OPERATOR_PORT 8444)
    insecure=
    [ "$(setting PRASAN_TLS "$(tls_kind)")" = automatic ] || insecure="-k "
    say ""
    say "Prasan is running: $address"
    case ,$(setting COMPOSE_PROFILES), in *,mail,*) say "  mailbox   $operators/mailbox/   (operator, PRASAN_MAILBOX_PASSWORD in $ENV_FILE)" ;; esac
    case ,$(setting COMPOSE_PROFILES), in *,observe,*) say "  Grafana   $operators/grafana/   (operator, PRASAN_GRAFANA_PASSWORD in $ENV_FILE)" ;; esac
    say "  token     $STATE/token   (30 days, to begin with; more: $COMPOSE run --rm cli token --help)"
    say "Next: curl $insecure-H \"Authorization: Bearer \$(cat $STATE/token)\" $address/v1/missions"
    say "      $COMPOSE run --rm cli check"
    say "      docs/operations.md: the name, the certificate, and when mail may go out (now: MAIL_MODE=$(setting MAIL_MODE hold))"
}

all_profiles() { COMPOSE_PROFILES=mail,observe,tools compose "$@"; }

case ${1:-} in
    env) write_env ;;
    check) prepare_to_start && say "Nothing speaks against starting." ;;
    up) up ;;
    down) find_engine && all_profiles down ;;
    logs) find_engine && compose logs --follow --tail "${TAIL:-100}" ;;
    ps) find_engine && compose ps ;;
    backup) find_engine && backup ;;
    restore) restore "${2:-}" ;;
    upgrade) upgrade ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
