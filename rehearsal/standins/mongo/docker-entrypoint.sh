#!/bin/bash
# As the official image: root hands the data over and becomes mongodb; anybody else just goes on.
set -euo pipefail
if [[ "$1" == mongod && "$(id -u)" == 0 ]]; then
    find /data/configdb /data/db \! -user mongodb -exec chown mongodb '{}' +
    exec gosu mongodb "$BASH_SOURCE" "$@"
fi
exec "$@"
