#!/bin/sh
# The main job on the example studies, for each audience of the example hospital: what was decided, and why.
set -eu
cd "$(dirname "$0")/.."
cordon=.build/debug/cordon
rules=Rules/sites/general-hospital.xml
out=out/examples
[ -t 1 ] || export COLUMNS="${COLUMNS:-118}"

rm -rf "$out"
mkdir -p "$out"
"$cordon" key new "$out/site.key" >/dev/null

for audience in archive research legal; do
    printf '\ncordon apply --rules %s --audience %s Examples/studies %s\n\n' "$rules" "$audience" "$out/$audience"
    status=0
    "$cordon" apply --rules "$rules" --audience "$audience" --key "$out/site.key" --show-values \
        --map "$out/$audience-map.tsv" Examples/studies "$out/$audience" || status=$?
    # 1: done, and something was sequestered. That is what the examples are about.
    [ "$status" -le 1 ] || exit "$status"
done

cat <<END

Look at $out: for each audience, released/ has what may leave, sequestered/ what stays with its reason beside it, and
decisions.jsonl a line for each input. Why was study 6 decided so?

  $cordon explain --rules $rules Examples/studies/06-vip-and-held
END
