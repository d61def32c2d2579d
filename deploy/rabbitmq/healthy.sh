#!/usr/bin/env bash
# The health check: the port for messages is open, which it is only once the definitions are loaded, and the
# node answers a question on another port. `rabbitmq-diagnostics` starts a whole Erlang node to ask the same.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/5672
exec 3<>/dev/tcp/127.0.0.1/15692
printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
timeout 4 head -c 5 <&3 | grep -qx 'HTTP/'
