#!/usr/bin/env bash
# Measures the analysis. "tuning" and "heldout" print how right it is on that half of the labelled data, against two baselines; "train" makes the weights of
# the sentiment model from the tuning half and from the sentences in data/own, and prints a cross-validation. "train-stops" does the same for the model of stop requests, with data/stops. "speed" prints how fast the analysis
# is (BenchmarkDotNet). "stops" prints how right it is on more requests to end contact, in two halves: rules may be written for stops/tuning.jsonl, and
# not for stops/fresh.jsonl. "tuning --mistakes" also lists the mistakes; never list those of the held-out half.
# Usage: bench/analysis/run.sh [tuning|heldout|stops|train|train-stops|speed] [--mistakes]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$here/../JackAutomotive.AnalysisBench
what=${1:-heldout}
if [ "$what" = heldout ] && [ $# -gt 1 ]; then
  echo "The mistakes of the held-out half are not shown: the rules must not be tuned on them." >&2
  exit 2
fi
dotnet build "$project" -c Release -v q -nologo >&2
program=$here/../../artifacts/bin/JackAutomotive.AnalysisBench/release/JackAutomotive.AnalysisBench
case $what in
  tuning | heldout) shift || true; exec "$program" evaluate "$here/data/$what" "$@" ;;
  stops) "$program" stops "$here/data/stops/tuning.jsonl" "${@:2}" && exec "$program" stops "$here/data/stops/fresh.jsonl" ;;
  train) exec "$program" train "$here/../../JackAutomotive.Analysis/Data/sentiment-model.txt" "$here/data/tuning" "$here/data/own" ;;
  train-stops) exec "$program" train-stops "$here/../../JackAutomotive.Analysis/Data/stop-model.txt" "$here/data" ;;
  speed) cd "$here/../../artifacts" && exec "$program" speed ;;
  *) echo "Usage: bench/analysis/run.sh [tuning|heldout|stops|train|train-stops|speed] [--mistakes]" >&2; exit 2 ;;
esac
