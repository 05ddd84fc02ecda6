#!/usr/bin/env bash
# A server of a test's own, in place of this process: local-server.sh redis|postgres ARGUMENT... (see the script that it starts).
set -euo pipefail
servers=$(dirname "$0")/../compat
case $1 in
  redis) exec bash "$servers/Aspire.Hosting.Redis/local-redis.sh" "${@:2}" ;;
  postgres) exec bash "$servers/Aspire.Hosting.PostgreSQL/local-postgres.sh" "${@:2}" ;;
  *) echo "error: no such server: $1" >&2; exit 2 ;;
esac
