#!/bin/sh
# Stands in for `docker`: notes what it was asked in $FAKE/calls, and answers from files under $FAKE.
#   containers    what `docker ps` says, as service|status
#   fails         patterns, one a line; a call that matches one fails with the words in $FAKE/why
#   after_up      becomes `containers` when compose has started something
printf '%s\n' "$*" >>"$FAKE/calls"
answer() { cat "$FAKE/$1" 2>/dev/null || printf '%s\n' "${2:-}"; }

while IFS= read -r pattern; do
    # shellcheck disable=SC2254  # a pattern is meant
    case "$*" in $pattern) cat "$FAKE/why" >&2; exit 1 ;; esac
done <"$FAKE/fails"

case "$*" in
    "version --format"*) answer engine 28.2.2 ;;
    "compose version --short") answer compose 2.26.1 ;;
    "compose version") ;;
    "info --format {{.DockerRootDir}}") answer root "$FAKE" ;;
    "info --format {{.MemTotal}}") answer memory 8000000000 ;;
    "image inspect --format"*) answer built ;;
    "image inspect"*) grep -qxF "$3" "$FAKE/images" ;;
    "pull "*) echo "$3" >>"$FAKE/images" ;;
    "build "*) printf '%s' "$*" | sed 's/.*prasan.source=\([0-9a-f]*\).*/\1/' >"$FAKE/built" ;;
    "ps --all --quiet"*) answer running 0123456789ab ;;
    "ps --all --format"*) answer containers ;;
    "inspect --format"*) echo sha256:old ;;
    *" config --services") printf '%s\n' projects partners notifications intake proxy broker database prepare database-users migrate mailbox cli ;;
    *" config") printf '    image: %s\n' prasan:0.1.0 mongo:8.0.26 caddy:2.11.4 ;;
    *" up "*) if [ -e "$FAKE/after_up" ]; then cp "$FAKE/after_up" "$FAKE/containers"; fi ;;
    *" cli token create "*) echo a-token ;;
    *" cli backup -") echo the backup ;;
    *" cli restore "*) cat >"$FAKE/restored" ;;
    *" logs "*) answer logs "it said why" ;;
esac
