#!/usr/bin/env bash
# Writes the key that a replica set with users needs, then goes on as the image does by itself.
set -euo pipefail
key=/data/configdb/prasan.key
printf '%s\n' "${PRASAN_MONGO_REPLICA_KEY:?}" >"$key"
chown mongodb:mongodb "$key"
chmod 400 "$key"
exec docker-entrypoint.sh "$@"
