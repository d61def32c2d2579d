#!/usr/bin/env bash
# The docker-compose deployment: `deploy/compose.sh up|down|env`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ENV_FILE=${ENV_FILE:-.env}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# Secrets of this installation, made once; an existing file is never touched.
write_env() {
    [ -e "$ENV_FILE" ] && return
    (
        umask 077
        {
            echo "# Secrets and settings of this installation. Keep a copy somewhere safe: without"
            echo "# PRASAN_SECRET_KEY the sealed addresses in the databases cannot be read."
            echo "PRASAN_SECRET_KEY=$(random_hex 32)"
            for name in PROJECTS PARTNERS NOTIFICATIONS OPERATOR; do
                echo "PRASAN_AMQP_PASSWORD_$name=$(random_hex 16)"
            done
            for name in ROOT PROJECTS PARTNERS NOTIFICATIONS; do
                echo "PRASAN_MONGO_PASSWORD_$name=$(random_hex 16)"
            done
            echo "PRASAN_MONGO_REPLICA_KEY=$(random_hex 48)"
            echo
            echo "# hold keeps every mail back; redirect sends all of it to MAIL_REDIRECT_TO; send sends."
            echo "MAIL_MODE=hold"
            echo "MAIL_FROM="
            echo "MAIL_REDIRECT_TO="
            echo "SMTP_URL="
            echo "PUBLIC_URL="
        } >"$ENV_FILE"
    )
    echo "Wrote $ENV_FILE with fresh secrets. Mail is held back until you set MAIL_MODE, MAIL_FROM and SMTP_URL in it."
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose --env-file "$ENV_FILE" "$@"
    elif docker-compose version 2>/dev/null | grep -q 'v\?2\.'; then
        docker-compose --env-file "$ENV_FILE" "$@"
    else
        echo "Docker with Compose version 2 is needed: https://docs.docker.com/compose/install/" >&2
        exit 1
    fi
}

case ${1:-} in
    env) write_env ;;
    up)
        write_env
        compose up --build --detach --wait
        echo "projects       http://127.0.0.1:8001"
        echo "partners       http://127.0.0.1:8002"
        echo "notifications  http://127.0.0.1:8003"
        echo "A token:       docker compose run --rm cli token --help"
        ;;
    down) compose down ;;
    *) echo "deploy/compose.sh up|down|env" >&2; exit 2 ;;
esac
