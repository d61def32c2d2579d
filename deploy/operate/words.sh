# shellcheck shell=sh
# What the scripts say. A step is a line; what goes wrong is one message that says what to do, and the end.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
give_up() {
    printf '\n%s\n' "$*" >&2
    exit 1
}
