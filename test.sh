#!/usr/bin/env bash
# Builds everything, checks the formatting and runs every test. The last line is "N passed, N failed".
# Arguments are passed to the test program, e.g. ./test.sh -class '*PostCallTests' or ./test.sh -method '*replay*'.
set -euo pipefail
source "$(dirname "$0")/eng/prepare.sh"

prepare
build JackAutomotive.sln solution

if [[ $# -eq 0 ]]; then
  say "Checking the formatting..."
  dotnet format "$root/JackAutomotive.sln" --no-restore --verify-no-changes || fail "run 'dotnet format JackAutomotive.sln'."
fi

"$root/eng/s3rver.sh" get >/dev/null
"$root/eng/clients.sh" get >/dev/null
say "Testing..."
results=$artifacts/test-output.txt
status=0
"$artifacts/bin/JackAutomotive.Tests/debug/JackAutomotive.Tests" -noLogo -noColor "$@" 2>&1 | tee "$results" || status=$?

summary=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$results" | tail -n 1)
[[ -n $summary ]] || { say "0 passed, 1 failed"; fail "the test program ended without a summary (exit code $status)."; }
read -r total errors failed skipped <<<"$(tr -dc '0-9 ' <<<"$summary")"
say "$((total - failed - skipped)) passed, $((failed + errors)) failed"
exit "$status"
