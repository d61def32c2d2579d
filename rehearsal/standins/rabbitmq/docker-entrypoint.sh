#!/bin/bash
# As the official image: root hands its data over and becomes rabbitmq; anybody else just goes on.
set -euo pipefail
if [[ "$1" == rabbitmq* && "$(id -u)" == 0 ]]; then
    find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
    exec gosu rabbitmq "$BASH_SOURCE" "$@"
fi
exec "$@"
