#!/usr/bin/env bash
# Peak memory of one WebhookApi process while many audio webhooks arrive at once, each in chunks and without its length, and are handled.
# Usage: bench/audio/run.sh [webhooks, default 20] [megabytes each, default 40]
# It starts a Postgres of its own. Objects go to a temporary folder.
set -euo pipefail
bench=audio
source "$(dirname "$0")/../common.sh"
webhooks=${1:-20} megabytes=${2:-40}
postgres_port=5488 webhook_port=5489
unset BENCH_POSTGRES
url=http://localhost:$webhook_port/api/webhooks/elevenlabs/post-call

require_free_ports $postgres_port $webhook_port
build_release "$root/JackAutomotive.WebhookApi"
data=$(mktemp -d)
trap 'cleanup; rm -rf "$data"' EXIT
create_database $postgres_port
start_webhook_api $webhook_port JACK_DATA_FOLDER="$data/store" "Messaging__MaxLargeBodies=$webhooks"
service=${started[-1]}

# memory FIELD: VmRSS, what it has now; VmHWM, the most it had since the last forget. In megabytes.
memory() { awk -v field="$1:" '$1 == field { printf "%d", $2 / 1024 }' "/proc/$service/status"; }
forget() { echo 5 >"/proc/$service/clear_refs"; }
handled() { sql "$database" "SELECT count(*) FROM conversation_audio"; }

# body NUMBER: one webhook of that many megabytes, with its signature in a file beside it.
body() {
  local file=$data/$1.json t
  { printf '{"type":"post_call_audio","event_timestamp":%s,"data":{"conversation_id":"conv_%s","full_audio":"' "$(date +%s)" "$1"
    cat "$data/base64"
    printf '"}}'; } >"$file"
  t=$(date +%s)
  printf 't=%s,v0=%s' "$t" "$({ printf '%s.' "$t"; cat "$file"; } | openssl dgst -sha256 -hmac bench -r | cut -d' ' -f1)" >"$file.signature"
}

# Expect is left out, as ElevenLabs does: the body comes at once.
post() {
  curl -s -o /dev/null -w '%{http_code} %{time_total}\n' -X POST -T "$data/$1.json" -H 'Transfer-Encoding: chunked' -H 'Expect:' \
    -H 'Content-Type: application/json' -H "ElevenLabs-Signature: $(<"$data/$1.json.signature")" "$url"
}

say "Making $((webhooks + 1)) webhooks of $megabytes MB..."
head -c $((megabytes * 1024 * 1024 / 4 * 3)) /dev/urandom | base64 -w 0 >"$data/base64"
for ((i = 0; i <= webhooks; i++)); do body "$i"; done

say "Warming up..."
post 0 >/dev/null
until [[ $(handled) == 1 ]]; do sleep 0.2; done
idle=$(memory VmRSS)

say "Posting..."
forget
posting=()
for ((i = 1; i <= webhooks; i++)); do post "$i" >"$data/$i.answer" & posting+=($!); done
wait "${posting[@]}"
received=$(memory VmHWM)
answers=$(cat "$data"/*.answer)
[[ $(grep -c '^200 ' <<<"$answers") == "$webhooks" ]] || fail "not every answer was 200: $answers"
until [[ $(handled) == $((webhooks + 1)) ]]; do sleep 0.2; done

cat <<TEXT

| $webhooks audio webhooks of $megabytes MB at once, one process | |
|---|---|
| memory before, one handled | $idle MB |
| **peak until all were answered** | **$received MB** |
| peak until all were handled | $(memory VmHWM) MB |
| longest answer | $(cut -d' ' -f2 <<<"$answers" | sort -n | tail -1) s |
TEXT
