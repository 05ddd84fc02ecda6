#!/usr/bin/env bash
# Runs a local S3-compatible server for the object store tests: s3rver from npm.
#
#   s3rver.sh get
#       downloads s3rver if it is missing, and prints its folder.
#   s3rver.sh run PORT FOLDER BUCKET
#       runs s3rver on 127.0.0.1:PORT in the foreground, with its objects in FOLDER. Access key and secret key are both S3RVER.
set -euo pipefail
umask 022

version=3.7.1
if [[ $EUID -eq 0 ]]; then cache=/var/cache/jackautomotive; else cache=${XDG_CACHE_HOME:-$HOME/.cache}/jackautomotive; fi
folder=$cache/s3rver-$version
program=$folder/node_modules/s3rver/bin/s3rver.js

fail() {
  printf 's3rver: %s\n' "$@" >&2
  exit 1
}

# Installs completely or not at all, and runs no package scripts. Without the lock, two runs at once would unpack into the same folder.
get() {
  [[ -f $program ]] && return
  command -v npm >/dev/null || fail "npm is missing, from which s3rver comes." "Install Node.js 20 or newer with npm."
  mkdir -p "$cache"
  exec 9>"$cache/.s3rver-lock"
  if command -v flock >/dev/null; then flock 9; fi
  [[ -f $program ]] && return
  local unpacked
  unpacked=$(mktemp -d "$cache/.unpacking-XXXXXX")
  # shellcheck disable=SC2064 # expanded now: the name is local
  trap "rm -rf '$unpacked'" EXIT
  npm install --prefix "$unpacked" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
    "s3rver@$version" >&2 || fail "npm failed to install s3rver@$version (its output is above)."
  rm -rf "$folder"
  mv "$unpacked" "$folder"
  trap - EXIT
}

case ${1:-} in
  get)
    get
    printf '%s\n' "$folder"
    ;;
  run)
    get
    exec node "$program" --address 127.0.0.1 --port "$2" --directory "$3" --no-vhost-buckets --configure-bucket "$4" --silent
    ;;
  *) fail "usage: s3rver.sh get | run PORT FOLDER BUCKET" ;;
esac
