# shellcheck shell=sh
# .env: written once with fresh secrets, read back and checked before anything starts.

ENV_FILE=${ENV_FILE:-.env}
SECRETS="PRASAN_SECRET_KEY
PRASAN_AMQP_PASSWORD_PROJECTS PRASAN_AMQP_PASSWORD_PARTNERS PRASAN_AMQP_PASSWORD_NOTIFICATIONS
PRASAN_AMQP_PASSWORD_OPERATOR
PRASAN_MONGO_PASSWORD_ROOT PRASAN_MONGO_PASSWORD_PROJECTS PRASAN_MONGO_PASSWORD_PARTNERS
PRASAN_MONGO_PASSWORD_NOTIFICATIONS PRASAN_MONGO_REPLICA_KEY"
# Came later than the others and guard no data: an older .env gets them by itself.
LATER_SECRETS="PRASAN_MAILBOX_PASSWORD PRASAN_GRAFANA_PASSWORD"
SHORTEST_SECRET=32
FEWEST_CHARACTERS=10 # different ones; a generated secret has all sixteen

fresh_secret() { od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# A setting as .env or, before it, the environment has it; the second argument where neither does.
setting() {
    eval "value=\${$1:-}"
    if [ -z "$value" ] && [ -f "$ENV_FILE" ]; then
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in "$1="*) value=${line#*=} ;; esac
        done <"$ENV_FILE"
        case $value in
            \"*\") value=${value#\"} value=${value%\"} ;;
            \'*\') value=${value#\'} value=${value%\'} ;;
        esac
    fi
    printf '%s' "${value:-${2:-}}"
}

# Secrets of this installation, made once; an existing file keeps all that it says.
write_env() {
    if [ ! -e "$ENV_FILE" ]; then
        (umask 077 && new_env >"$ENV_FILE")
        say "Wrote $ENV_FILE with fresh secrets. Mail is held back until you set MAIL_MODE, MAIL_FROM and SMTP_URL in it."
        return
    fi
    for name in $LATER_SECRETS; do
        if [ -z "$(setting "$name")" ]; then
            printf '%s=%s\n' "$name" "$(fresh_secret)" >>"$ENV_FILE"
            say "Added a fresh $name to $ENV_FILE."
        fi
    done
    if [ -z "$(setting COMPOSE_PROJECT_NAME)" ]; then
        printf 'COMPOSE_PROJECT_NAME=prasan\n' >>"$ENV_FILE"
    fi
}

new_env() {
    cat <<END
# Secrets and settings of this installation. Keep a copy somewhere safe: without PRASAN_SECRET_KEY the sealed
# addresses in the databases cannot be read. docs/operations.md explains every line.
COMPOSE_PROJECT_NAME=prasan
# mail: a mailbox that takes every mail, to try things out. observe: Prometheus and Grafana. Both: with a comma.
COMPOSE_PROFILES=

# The name under which the world reaches the API. A public name gets its certificate by itself.
PRASAN_HOST=localhost
HTTP_PORT=80
HTTPS_PORT=443
# The mailbox and Grafana, for operators on this machine only.
OPERATOR_PORT=8444
PUBLIC_URL=

# Processes of each service: more of one share its work.
PROJECTS_REPLICAS=1
PARTNERS_REPLICAS=1
NOTIFICATIONS_REPLICAS=1

# hold keeps every mail back; redirect sends all of it to MAIL_REDIRECT_TO; send sends.
MAIL_MODE=hold
MAIL_FROM=
MAIL_REDIRECT_TO=
SMTP_URL=
# The mailbox behind MAIL_FROM, from which bounces and answers of one word are read.
IMAP_URL=

END
    for name in $SECRETS $LATER_SECRETS; do printf '%s=%s\n' "$name" "$(fresh_secret)"; done
}

# Ends with a message for each secret that cannot be used, and says of no secret what it is.
check_secrets() {
    complaints=$(for name in $SECRETS $LATER_SECRETS; do printf '%s %s\n' "$name" "$(setting "$name")"; done | weaknesses)
    [ -z "$complaints" ] || give_up "$complaints

Nothing was started. Mend $ENV_FILE; a good secret: od -An -N24 -tx1 /dev/urandom | tr -d ' \\n'"
    chmod 600 "$ENV_FILE"
}

# Reads lines of name and value; a line for each that is no secret.
weaknesses() {
    LC_ALL=C awk -v shortest=$SHORTEST_SECRET -v fewest=$FEWEST_CHARACTERS '
        function different(text,    seen, count, i) {
            for (i = 1; i <= length(text); i++)
                if (!seen[substr(text, i, 1)]++) count++
            return count
        }
        function weakness(value) {
            if (value == "") return "is missing"
            if (value ~ /[^A-Za-z0-9._~-]/) return "has characters other than letters, digits and . _ ~ -"
            if (length(value) < shortest) return "is too short: at least " shortest " characters"
            if (different(value) < fewest) return "is too simple: at least " fewest " different characters"
            if (tolower(value) ~ /change-?me|passw|secret|example|prasan|lamphun|12345678|abcdefgh/)
                return "can be guessed: it has a word or a row in it that everybody tries first"
            if (value in owner) return "is the same as " owner[value]
            owner[value] = $1
            return ""
        }
        { found = weakness(substr($0, length($1) + 2)); if (found != "") print $1, found }
    '
}

# automatic, or internal for a name that no certificate authority can look up. PRASAN_TLS in .env wins.
tls_kind() {
    case $(setting PRASAN_HOST localhost) in
        *[!0-9.]*.*) ;; # a name with a dot
        *) printf internal && return ;;
    esac
    case $(setting PRASAN_HOST) in
        *.local | *.lan | *.internal | *.intranet | *.intra | *.corp | *.home | *.home.arpa) printf internal ;;
        *.localhost | *.test | *.example | *.invalid | *:*) printf internal ;;
        *) printf automatic ;;
    esac
}
