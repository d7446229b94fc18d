#!/usr/bin/env bash
# Lets a finder loose on a planted bug and passes only if the finding names the rule; with the rule
# "none" only if there is no finding at all. A finding that a program shows is replayed as well.
#
# usage: find_bug.sh BINARY FINDER RULE SECONDS [ARGUMENT...]
set -euo pipefail

binary=$1 finder=$2 rule=$3 seconds=$4
shift 4
# The finder has to fail: what it says is no result of this test.
unset XML_OUTPUT_FILE TEST_PREMATURE_EXIT_FILE

findings=$TEST_TMPDIR/findings
log=$TEST_TMPDIR/log

fail() {
  cat "$log"
  echo "FAILED: $*"
  exit 1
}

# "no-leak" is the suite NoLeak.
suite_of() {
  sed -E 's/(^|-)([a-z])/\u\2/g' <<<"$1"
}

find_with_conformance() {
  local suite status=0
  suite=$(suite_of "$rule")
  "$binary" --gtest_filter="$suite.*" "$@" >"$log" 2>&1 || status=$?
  ((status != 0)) || fail "every case of $suite passed"
  grep -E "^\[  FAILED  \] $suite\.|no-hang: $suite\." "$log" ||
    fail "the binary failed, but no case of $suite did"
}

# With one seed after another, until the rule is named.
find_with_hammer() {
  local status
  local seed
  for seed in 1 2 3 4 5; do
    status=0
    "$binary" run all --seconds "$seconds" --seed "$seed" --findings "$findings" "$@" >>"$log" 2>&1 || status=$?
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

# One that one thread found fails again whenever it is replayed. A race need not: how often is said.
replay() {
  local finding
  for finding in "$findings"/*-"$rule"-*; do
    echo "found $(basename "$finding")"
    local status=0
    "$binary" replay "$finding" >"$TEST_TMPDIR/replay" 2>&1 || status=$?
    grep -E '^failed in|^did not fail' "$TEST_TMPDIR/replay" || true
    if grep -q '"mode": "sequential"' "$finding/meta.json"; then
      [[ $status == 1 ]] || fail "$(basename "$finding") did not fail again"
    fi
  done
}

case $finder in
  conformance) find_with_conformance "$@" ;;
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
