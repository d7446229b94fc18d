#!/usr/bin/env bash
# Lets a finder loose on a planted bug and passes only if the finding names the rule; with the rule
# "none" only if there is no finding at all. What the hammer finds is replayed as well.
#
# usage: find_bug.sh BINARY FINDER RULE SECONDS [ARGUMENT...]
set -euo pipefail

binary=$1 finder=$2 rule=$3 seconds=$4
shift 4
# A hang is what is looked for: it need not be waited for as long as one that nobody expects.
[[ $rule != no-hang ]] || export IPC_HAMMER_CASE_PATIENCE=4

findings=$TEST_TMPDIR/findings
log=$TEST_TMPDIR/log

fail() {
  cat "$log"
  echo "FAILED: $*"
  exit 1
}

# With one seed after another, until the rule is named.
find_with_hammer() {
  local status
  local seed
  local first=(--first "$rule")
  [[ $rule != none ]] || first=()
  for seed in 1 2 3 4 5; do
    status=0
    "$binary" run all --seconds "$seconds" --seed "$seed" --findings "$findings" \
      "${first[@]}" "$@" >>"$log" 2>&1 || status=$?
    [[ $status == 0 || $status == 1 ]] || fail "the hammer ended with status $status"
    if compgen -G "$findings/*-$rule-*" >/dev/null; then
      return
    fi
  done
  [[ $rule == none ]] || fail "no finding names $rule: $(ls "$findings" 2>/dev/null)"
}

# libFuzzer on the seed inputs; the first argument is what its report must say.
find_with_fuzzer() {
  local report=$1 status=0
  shift
  "$binary" -runs=1000000 -max_total_time=30 -seed=1 -artifact_prefix="$TEST_TMPDIR/" \
    -seed_inputs="$(IFS=,; echo "$*")" >"$log" 2>&1 || status=$?
  ((status != 0)) || fail "nothing found"
  grep -F "$report" "$log" || fail "something else was found"
}

# What one thread or a conformance case found fails again, if not each time, when it is replayed: the
# first time that it does is enough. A race between actors need not.
replay() {
  local finding
  for finding in "$findings"/*-"$rule"-*; do
    echo "found $(basename "$finding")"
    local status=0 runs=0
    while [[ $status == 0 ]] && ((runs++ < 10)); do
      "$binary" replay "$finding" --runs 1 >"$TEST_TMPDIR/replay" 2>&1 || status=$?
    done
    echo "replayed $runs times: $(grep -E '^failed in|^did not fail' "$TEST_TMPDIR/replay")"
    if grep -qE '"mode": "(sequential|conformance)"' "$finding/meta.json"; then
      [[ $status == 1 ]] || fail "$(basename "$finding") did not fail again"
    fi
  done
}

case $finder in
  *_fuzz) find_with_fuzzer "$@" ;;
  hammer)
    find_with_hammer "$@"
    if [[ $rule == none ]]; then
      [[ -z $(ls -A "$findings" 2>/dev/null) ]] || fail "a finding on an unmodified kind"
      echo "no finding"
    else
      replay
    fi
    ;;
esac
