#!/usr/bin/env bash
# Writes the key that a replica set with users needs, then goes on as the image does by itself.
set -euo pipefail
key=/tmp/prasan.key
rm -f "$key"
(umask 377 && printf '%s\n' "${PRASAN_MONGO_REPLICA_KEY:?}" >"$key")
unset PRASAN_MONGO_REPLICA_KEY
exec docker-entrypoint.sh "$@"
