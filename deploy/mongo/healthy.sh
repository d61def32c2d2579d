#!/usr/bin/env bash
# The health check: MongoDB answers `hello`, which anybody may ask. It is asked in the wire protocol itself,
# since mongosh takes a second of a processor to start.
#
# OP_MSG: length 52, request 1, answer to 0, opcode 2013; no flags; one section with the document
# {hello: 1, $db: "admin"} (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg).
# Asked under the host's name: while the image sets up the first user it listens on the loopback only.
set -euo pipefail
exec 3<>"/dev/tcp/$(hostname)/27017"
# shellcheck disable=SC2016  # $db is a name in the document
printf '\x34\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0' >&3
timeout 4 head -c 16 <&3 | wc -c | grep -qx 16
