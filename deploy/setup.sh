#!/usr/bin/env bash
# Makes this machine able to run Prasan: what is missing from Debian's or Ubuntu's packages, and .venv.
#
#   deploy/setup.sh [base|mail|bench|emails]...
#
# base    RabbitMQ (its system service is neither started nor enabled), Python's venv, .venv
# mail    the same, and Postfix and Dovecot (neither started nor enabled), which tests start as peers
# bench   the same, and postfix's smtp-sink
# emails  the same, and Chromium with Thai fonts, to make pictures of the emails
#
# A second run with nothing to do ends at once. Nothing that is installed already is changed or restarted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv
STAMP=$VENV/.prasan-setup
OLDEST_PYTHON="3, 11"

say() { if [ -t 2 ]; then printf '\033[1m%s\033[0m\n' "$*" >&2; else printf '%s\n' "$*" >&2; fi; }
give_up() { printf '\n%s\n' "$*" >&2; exit 1; }

# ---------------------------------------------------------------------------------------------- packages

# What tells that a package is there, and the package: a program, or a file.
package_for() {
    case $1 in
        rabbitmq-server) command -v rabbitmq-server || ls /usr/sbin/rabbitmq-server ;;
        postfix)         command -v smtp-sink || ls /usr/sbin/smtp-sink ;;
        dovecot-imapd)   ls /usr/lib/dovecot/imap ;;
        dovecot-lmtpd)   ls /usr/lib/dovecot/lmtp ;;
        chromium)        command -v chromium || command -v chromium-browser || command -v google-chrome ;;
        fonts-thai-tlwg) ls -d /usr/share/fonts/truetype/tlwg ;;
        git)             command -v git ;;
    esac >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null 2>&1 || return 1
    sudo -n true 2>/dev/null && return 0
    [ -t 0 ] && { say "Installing packages needs your password for sudo."; sudo -v; }
}

# A fresh package's service starts by itself, and at every boot. This answers "no" for the services of
# the packages we install, and only while we install them; a policy that is already there stays as it is.
POLICY=/usr/sbin/policy-rc.d
policy_was_ours=no
hold_services_back() {
    [ -e "$POLICY" ] && return
    policy_was_ours=yes
    # shellcheck disable=SC2016  # the $1 is the policy script's own
    printf '%s\n' '#!/bin/sh' '# written by Prasan'"'"'s setup, which removes it again' \
        'case $1 in rabbitmq-server*|epmd*|postfix*|dovecot*) exit 101 ;; esac' 'exit 104' |
        as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}
let_services_go() {
    if [ "$policy_was_ours" = yes ]; then as_root rm -f "$POLICY"; policy_was_ours=no; fi
}
leave_disabled() {
    if [ -d /run/systemd/system ]; then
        as_root systemctl disable --now "$@" >/dev/null 2>&1 || true
    fi
}

apt_install() {
    local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@"
}

install_packages() {
    local missing=() package
    for package in "$@"; do package_for "$package" || missing+=("$package"); done
    [ ${#missing[@]} = 0 ] && return
    say "Installing from the distribution's packages: ${missing[*]}"
    may_install || give_up "Missing: ${missing[*]}.
This needs apt-get and root or sudo. As root, once:
    apt-get update && apt-get install --no-install-recommends ${missing[*]}
then run the same make command again. On another system, install RabbitMQ 3.10 or later by its own means,
so that rabbitmq-server is on the PATH."
    trap let_services_go EXIT
    hold_services_back
    apt_install "${missing[@]}" 2>/dev/null || { as_root apt-get update -q; apt_install "${missing[@]}"; }
    let_services_go
    for package in "${missing[@]}"; do
        case $package in
            rabbitmq-server|postfix) leave_disabled "$package" ;;
            dovecot-*) leave_disabled dovecot.service dovecot.socket ;;
        esac
    done
}

# ---------------------------------------------------------------------------------------------- Python

recent_enough() { "$1" -c "import sys; sys.exit(sys.version_info < ($OLDEST_PYTHON))" 2>/dev/null; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && recent_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

install_python() {
    may_install || give_up "Python 3.11 or later is needed. As root: apt-get install python3.11 python3.11-venv
(or point the variable PYTHON at one), then run the same make command again."
    say "Installing Python 3.11"
    apt_install python3.11 python3.11-venv || { as_root apt-get update -q; apt_install python3.11 python3.11-venv; }
}

can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

install_venv_module() {
    local version
    version=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    may_install || give_up "Python's venv module is missing. As root: apt-get install $version
then run the same make command again."
    say "Installing $version"
    apt_install "$version" 2>/dev/null || { as_root apt-get update -q; apt_install "$version"; }
}

make_venv() {
    local python
    python=$(find_python) || { install_python; python=$(find_python); }
    can_make_venv "$python" || install_venv_module "$python"
    say "Making .venv with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
}

# Turns pip's chatter into one line that moves, or, where nobody watches, a line every 25 packages.
show_progress() {
    local total=$1 count=0 line
    while read -r line; do
        case $line in
            Collecting*) count=$((count + 1)); line=${line#Collecting } ;;
            Requirement\ already*) count=$((count + 1)); line=${line#Requirement already satisfied: } ;;
            Installing\ collected*) say "    unpacking"; continue ;;
            ERROR*|error*) printf '\n%s\n' "$line" >&2; continue ;;
            *) continue ;;
        esac
        if [ -t 2 ]; then
            printf '\r    %3d of %d  %-50.50s' "$count" "$total" "${line%% (from*}" >&2
        elif [ $((count % 25)) = 0 ]; then
            printf '    %3d of %d\n' "$count" "$total" >&2
        fi
    done
    [ -t 2 ] && printf '\r%-72s\r' '' >&2
    return 0
}

install_requirements() {
    local total
    total=$(grep -c '==' requirements-dev.txt)
    say "Installing $total Python packages at their locked versions into .venv"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --progress-bar off \
        -r requirements-dev.txt 2>&1 | show_progress "$total" ||
        give_up "pip could not install the locked packages: is the package index reachable?
The whole story: $VENV/bin/python -m pip install -r requirements-dev.txt"
    "$VENV/bin/python" -m pip install --disable-pip-version-check -q --no-deps -e .
}

fingerprint() { cat requirements-dev.txt pyproject.toml deploy/setup.sh | sha256sum; }

# A .venv that was moved or whose Python is gone is made again.
venv_works() { "$VENV/bin/python" -m pip --version 2>/dev/null | grep -qF "$(pwd -P)/$VENV/"; }

set_up_python() {
    if [ "$(cat "$STAMP" 2>/dev/null)" = "$(fingerprint)" ] && [ -x "$VENV/bin/pytest" ]; then return; fi
    venv_works || make_venv
    install_requirements
    fingerprint >"$STAMP"
    say "Ready."
}

# ---------------------------------------------------------------------------------------------- parts

for part in "${@:-base}"; do
    case $part in
        base)   install_packages rabbitmq-server ;;
        mail)   install_packages rabbitmq-server postfix dovecot-imapd dovecot-lmtpd ;;
        bench)  install_packages rabbitmq-server postfix ;;
        emails) install_packages chromium fonts-thai-tlwg ;;
        *)      give_up "deploy/setup.sh knows base, mail, bench and emails, not $part" ;;
    esac
done
set_up_python
