#!/usr/bin/env bash
# Measures the peak memory of one WebhookApi process while it receives and handles many audio webhooks at once. Each webhook is chunked and
# has no Content-Length.
# Usage: bench/audio/run.sh [webhooks, default 20] [megabytes each, default 40]
# The script starts its own Postgres. Objects are stored in a temporary folder.
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
start_webhook_api $webhook_port JACK_DATA_FOLDER="$data/store" "Intake__MaxLargeBodies=$webhooks"
service=${started[-1]}

# memory FIELD: prints megabytes. VmRSS is the present size, VmHWM is the peak since the last reset_peak.
memory() { awk -v field="$1:" '$1 == field { printf "%d", $2 / 1024 }' "/proc/$service/status"; }
reset_peak() { echo 5 >"/proc/$service/clear_refs"; }
handled() { sql "$database" "SELECT count(*) FROM conversation_audio"; }

# body NUMBER: writes one webhook of $megabytes MB, and its signature to a second file.
body() {
  local file=$data/$1.json t
  { printf '{"type":"post_call_audio","event_timestamp":%s,"data":{"conversation_id":"conv_%s","full_audio":"' "$(date +%s)" "$1"
    cat "$data/base64"
    printf '"}}'; } >"$file"
  t=$(date +%s)
  printf 't=%s,v0=%s' "$t" "$({ printf '%s.' "$t"; cat "$file"; } | openssl dgst -sha256 -hmac bench -r | cut -d' ' -f1)" >"$file.signature"
}

# ElevenLabs sends no Expect header, so the body follows at once.
post() {
  curl -s -o /dev/null -w '%{http_code} %{time_total}\n' -X POST -T "$data/$1.json" -H 'Transfer-Encoding: chunked' -H 'Expect:' \
    -H 'Content-Type: application/json' -H "ElevenLabs-Signature: $(<"$data/$1.json.signature")" "$url"
}

say "Creating $((webhooks + 1)) webhooks of $megabytes MB..."
head -c $((megabytes * 1024 * 1024 / 4 * 3)) /dev/urandom | base64 -w 0 >"$data/base64"
for ((i = 0; i <= webhooks; i++)); do body "$i"; done

say "Warming up..."
post 0 >/dev/null
until [[ $(handled) == 1 ]]; do sleep 0.2; done
idle=$(memory VmRSS)

say "Posting..."
reset_peak
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
