#!/usr/bin/env bash
# Runs the tests: test.sh [options of `swift test`]. Prints what fails as it fails, and at the end counts and names what
# was skipped; everything else is in .build/test.log.
#
# Tests that talk to other programs run after the others, in a process of their own: their peers give up waiting when
# tests that only compute hold every processor for a minute. Those of DICOMweb measure the memory of their process, and have
# one to themselves.
set -uo pipefail
cd "$(dirname "$0")/.."
log=.build/test.log
talking='DICOMNetworkTests|HealthLevelSevenTests|GatewayTests'
: >"$log"
status=0
run() {
    swift test "$@" 2>&1 | tee -a "$log" |
        grep --line-buffered -E '✘|error:|Fatal error|Test run with|recorded an issue|^ *↳' |
        grep --line-buffered -vE '↳ (Testing Library Version|Target Platform)'
    [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}
case " $* " in
    *" --filter "*) run "$@" ;;
    *)
        run "$@" --skip "$talking|DICOMWebTests"
        run "$@" --skip-build --filter "$talking"
        run "$@" --skip-build --filter DICOMWebTests
        # Drivers in Python, each around the command that was just built.
        Integrations/tests/run.sh 2>&1 | tee -a "$log" | grep -v '^skipped: '
        [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
        ;;
esac

skipped=$(grep -E '^➜ +Test .* skipped|^➜ +Suite .* skipped|^skipped: ' "$log" | sed -E 's/^➜ +//' | sort -u)
if [ -n "$skipped" ]; then
    printf 'Skipped, %d:\n%s\n' "$(printf '%s\n' "$skipped" | wc -l)" "$skipped"
else
    echo 'Nothing was skipped.'
fi
[ "$status" -eq 0 ] || echo "Tests failed; all of what they said is in $log"
exit "$status"
