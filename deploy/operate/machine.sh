# shellcheck shell=sh
# What this machine must have before anything starts: free ports, room on the disk.

LEAST_DISK=${PRASAN_LEAST_DISK:-6000} # MB; RabbitMQ takes nothing in below 2,000
LEAST_MEMORY=${PRASAN_LEAST_MEMORY:-3000} # MB
TCP_TABLES=${PRASAN_TCP_TABLES:-/proc/net/tcp /proc/net/tcp6}

# Is somebody listening? From the kernel's own table: ports are in hexadecimal, 0A is LISTEN.
port_taken() {
    # shellcheck disable=SC2086  # two files
    cat $TCP_TABLES 2>/dev/null |
        awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && $2 ~ port "$" { found = 1 } END { exit !found }'
}

check_ports() {
    is_running proxy && return # they are taken by us
    for pair in HTTP_PORT:80 HTTPS_PORT:443 OPERATOR_PORT:8444; do
        port=$(setting "${pair%:*}" "${pair#*:}")
        case $port in
            '' | *[!0-9]*) give_up "${pair%:*} in $ENV_FILE is not a port: $port" ;;
        esac
        if port_taken "$port"; then
            give_up "Port $port is taken by another program. Stop that one (as root: ss -ltnp 'sport = :$port'),
or set ${pair%:*} in $ENV_FILE to a free port. Nothing was started."
        fi
    done
}

check_disk() {
    folder=$(docker info --format '{{.DockerRootDir}}')
    [ -d "$folder" ] || return 0 # the engine is on another machine
    free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$LEAST_DISK" ] ||
        give_up "The disk of $folder has $free MB left; at least $LEAST_DISK MB are needed. Nothing was started."
}

check_memory() {
    memory=$(($(docker info --format '{{.MemTotal}}') / 1048576))
    [ "$memory" -ge "$LEAST_MEMORY" ] ||
        warn "This machine has $memory MB of memory; $LEAST_MEMORY MB or more are advised."
}
