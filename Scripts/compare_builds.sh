#!/bin/bash
# compare_builds.sh OLD NEW IN…: whether two builds of `cordon` make the same of the same inputs, byte for byte: what is released and
# sequestered, with its reasons, `decisions.jsonl`, the crosswalk and the exit status. For every shipped audience, on one job and on two.
# For changes that are to make something faster and nothing else.
set -u
[ $# -ge 3 ] || { sed -n 2,4p "$0" >&2; exit 2; }
old=$1 new=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$old" key new "$scratch/site.key" >/dev/null
status=0

# WHICH RULES AUDIENCE JOBS IN
apply() {
    rm -rf "${scratch:?}/$1" "$scratch/$1.csv"
    "${!1}" apply --quiet --rules "$2" --audience "$3" --jobs "$4" --key "$scratch/site.key" --at 20261124120000 \
        --crosswalk "$scratch/$1.csv" "$5" "$scratch/$1" >/dev/null 2>"$scratch/$1.errors"
    echo $? >"$scratch/$1.status"
}

digests() {
    (cd "$scratch/$1" && find released sequestered decisions.jsonl -type f -print0 2>/dev/null | sort -z | xargs -0r sha256sum)
}

for input in "$@"; do
    for pair in research-export:basic research-export:research general-hospital:archive general-hospital:research general-hospital:legal; do
        rules=$root/Rules/sites/${pair%:*}.xml audience=${pair#*:}
        apply old "$rules" "$audience" 1 "$input"
        apply new "$rules" "$audience" 2 "$input"
        if cmp -s <(digests old) <(digests new) && cmp -s "$scratch/old.csv" "$scratch/new.csv" &&
            cmp -s "$scratch/old.status" "$scratch/new.status" && [ -s "$scratch/new/decisions.jsonl" ]; then
            echo "same: $input, $pair, files $(digests new | wc -l), status $(cat "$scratch/new.status")"
        else
            echo "DIFFERENT: $input, $pair, status $(cat "$scratch/old.status") and $(cat "$scratch/new.status")"
            diff <(digests old) <(digests new) | head -5
            head -3 "$scratch/new.errors"
            status=1
        fi
    done
done
exit $status
