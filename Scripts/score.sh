#!/usr/bin/env bash
# Grades Cordon's de-identification on files into which identities were planted: score.sh SET..., each a folder with
# in/, answer_key.json and, beside it, score.py. Exports each for both audiences of research-export.xml into a temporary
# folder and prints the grader's table, passed actions over all actions, in the manner of the MIDI-B challenge.
set -euo pipefail
cd "$(dirname "$0")/.."
cordon=${CORDON:-.build/debug/cordon}
python=${PYTHON:-.venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cordon" key new "$work/site.key" >/dev/null
for set in "$@"; do
    set=$(cd "$set" && pwd)
    for audience in basic research; do
        out="$work/$(basename "$set")-$audience"
        "$cordon" apply --rules Rules/sites/research-export.xml --audience "$audience" --key "$work/site.key" \
            --map "$out.map" --jobs 2 "$set/in" "$out" | tail -n 1
        # The grader knows inputs by their path in the set.
        sed -e '1d' -e "s|^$set/||" "$out.map" >"$out.tsv"
        "$python" "$set/../score.py" --key "$set/answer_key.json" --orig "$set" --deid "$out" --map "$out.tsv" \
            --profile "$audience" || [ $? -eq 1 ]
    done
done
