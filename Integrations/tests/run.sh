#!/usr/bin/env bash
# Runs the tests of the integrations around the command that was built (CORDON_COMMAND, else .build/debug/cordon), and names what was skipped.
set -uo pipefail
cd "$(dirname "$0")/../.."
python=.venv-integrations/bin/python
if [ ! -x "$python" ]; then
    echo 'skipped: Integrations: their Python is not there; `make test` makes it'
    exit 0
fi
status=0
run() { # name, folder
    # Daemons and a Java of others are at work: whatever one of them waits for, it ends. -B: nothing is left behind in the sources.
    timeout --foreground --signal=INT --kill-after=60 1800 "$python" -B -m unittest discover -s "$2" -p 'test_*.py' -v 2>&1 |
        sed -E "s/^(.*) \.\.\. skipped ['\"](skipped: )?(.*)['\"]$/skipped: \3/" | grep -E '^skipped: |^(FAIL|ERROR)|^Ran |^OK|FAILED|Error' |
        sed -E "s/^(Ran|OK|FAILED)/Integrations, $1: \1/"
    ended=${PIPESTATUS[0]}
    case $ended in
        0) ;;
        124 | 137) echo "Integrations, $1: FAILED, for it did not end within half an hour" ;;
    esac
    [ "$ended" -eq 0 ] || status=1
}
run "protocol and object storage" Integrations/tests
run Slurm Integrations/slurm/tests
run Spark Integrations/spark/tests
exit "$status"
