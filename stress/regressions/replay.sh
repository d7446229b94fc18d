#!/usr/bin/env bash
# Passes if no run of a program breaks a rule; with --broken, on a transport with the bug in it, only if
# one does.
#
# usage: replay.sh HAMMER PROGRAM MODE RUNS [--broken]
set -euo pipefail

expected=0
[[ ${5-} != --broken ]] || expected=1
status=0
"$1" replay "$2" --mode "$3" --runs "$4" || status=$?
[[ $status == "$expected" ]]
