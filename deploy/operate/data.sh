# shellcheck shell=sh
# Backup and restore, by the `prasan` command in the image; the file goes through standard output and input,
# so that it belongs to who ran the command.

BACKUPS=${BACKUPS:-backups}

# Writes one file of all three databases and prints its name last.
backup() {
    mkdir -p "$STATE" "$BACKUPS" && chmod 700 "$STATE" "$BACKUPS"
    file=$BACKUPS/prasan-$(date -u +%Y%m%dT%H%M%SZ).backup
    if ! (umask 077 && compose run --rm --no-deps -T cli backup - >"$file.part" 2>"$STATE/backup.log") ||
        [ ! -s "$file.part" ]; then
        rm -f "$file.part"
        tail -n 5 "$STATE/backup.log" >&2
        give_up "No backup was made."
    fi
    mv "$file.part" "$file"
    say "Backup: $file ($(du -h "$file" | cut -f 1)). Keep it, and a copy of $ENV_FILE, on another machine."
}

restore() {
    [ -n "$1" ] || give_up "Which file? make restore FILE=$BACKUPS/…"
    [ -s "$1" ] || give_up "There is no such file, or nothing in it: $1"
    prepare_to_start
    build
    fetch
    say "Starting broker and database"
    start prepare broker database database-users
    stop_services
    put_back "$1"
    empty_queues
    start_everything
    where_to_go
    say ""
    say "Everything is back. What was unfinished at the backup waits and is sent only when you say so:"
    say "      $COMPOSE run --rm cli deliveries release"
}

# Messages of after the backup would act on data that know nothing of them; what those of before it were to bring
# about, the restore puts into the outboxes again. Only what the broker gave up on stays, for a person to read.
empty_queues() {
    say "Emptying the broker's queues"
    compose exec -T broker sh -c 'set -e
        for queue in $(rabbitmqctl -s list_queues name); do
            case $queue in *.dead) ;; *) rabbitmqctl -q purge_queue "$queue" ;; esac
        done' </dev/null >"$STATE/queues.log" 2>&1 || {
        tail -n 3 "$STATE/queues.log" >&2
        give_up "The data are back, the queues are not empty. Run the same command again, with REPLACE=yes."
    }
}

# put_back FILE: into the databases, with nothing else running.
put_back() {
    replace=
    [ "${REPLACE:-}" != yes ] || replace=--replace
    # shellcheck disable=SC2086  # nothing or one word
    compose run --rm --no-deps -T cli restore - --yes $replace <"$1" || give_up "The backup was not restored.
Where the databases have data that may go: REPLACE=yes make restore FILE=$1"
}
