#!/usr/bin/env bash
# Measures the time from ./run.sh until everything is healthy, without installations and builds, and compares it with the start of the
# smallest service alone.
# Usage: bench/startup/run.sh [runs, default 5]
set -euo pipefail
source "$(dirname "$0")/../../eng/prepare.sh"
runs=${1:-5}
reference_port=5398

prepare >/dev/null
build JackAutomotive.AppHost apphost

now() { date +%s.%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

whole_system() {
  local out=$artifacts/startup-run.txt
  "$root/run.sh" >"$out" 2>&1 &
  local run=$!
  until grep -q 'healthy after' "$out"; do
    kill -0 $run 2>/dev/null || { cat "$out" >&2; fail "run.sh ended before everything was healthy."; }
    sleep 0.1
  done
  sed -n 's/.*healthy after \([0-9.]*\) s.*/\1/p' "$out"
  kill -TERM $run
  wait $run || true
}

service_alone() {
  local began
  began=$(now)
  ASPNETCORE_ENVIRONMENT=Development ASPNETCORE_URLS="http://localhost:$reference_port" dotnet run --project "$root/tools/JackAutomotive.ProviderSimulator" --no-build --no-launch-profile \
    >"$artifacts/startup-reference.txt" 2>&1 &
  local run=$!
  until curl -fs -o /dev/null "http://localhost:$reference_port/alive"; do
    kill -0 $run 2>/dev/null || { cat "$artifacts/startup-reference.txt" >&2; fail "the reference service ended."; }
    sleep 0.05
  done
  awk -v a="$began" -v b="$(now)" 'BEGIN { printf "%.1f\n", b - a }'
  kill -TERM $run
  wait $run 2>/dev/null || true
}

system=() alone=()
for ((i = 1; i <= runs; i++)); do
  say "Run $i of $runs..."
  alone+=("$(service_alone)")
  system+=("$(whole_system)")
done

a=$(printf '%s\n' "${alone[@]}" | median)
s=$(printf '%s\n' "${system[@]}" | median)
cat <<TEXT

| start, median of $runs | seconds | all |
|---|---|---|
| one service alone (\`dotnet run --no-build\`, provider-simulator) | $a | ${alone[*]} |
| ./run.sh to everything healthy (two servers, four services, dashboard) | $s | ${system[*]} |

Ratio: $(awk -v a="$a" -v s="$s" 'BEGIN { printf "%.1f", s / a }')
TEXT
