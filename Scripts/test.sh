#!/usr/bin/env bash
# Runs the tests: test.sh [options of `swift test`]. Prints what fails as it fails, and at the end counts and names what
# was skipped; everything else is in .build/test.log.
set -uo pipefail
cd "$(dirname "$0")/.."
log=.build/test.log
swift test "$@" 2>&1 | tee "$log" | grep --line-buffered -E '✘|error:|Fatal error|Test run with|recorded an issue|^ *↳'
status=${PIPESTATUS[0]}

skipped=$(grep -E '^➜ +Test .* skipped|^➜ +Suite .* skipped|^skipped: ' "$log" | sed -E 's/^➜ +//' | sort -u)
if [ -n "$skipped" ]; then
    printf 'Skipped, %d:\n%s\n' "$(printf '%s\n' "$skipped" | wc -l)" "$skipped"
else
    echo 'Nothing was skipped.'
fi
[ "$status" -eq 0 ] || echo "Tests failed; all of what they said is in $log"
exit "$status"
