#!/bin/sh
# The main job on the example studies, for each audience of the example hospital: what was decided, and why.
set -eu
cd "$(dirname "$0")/.."
cordon=.build/debug/cordon
rules=Rules/sites/general-hospital.xml
out=out/examples
[ -t 1 ] || export COLUMNS="${COLUMNS:-118}"

# What a run left that was cut off before it could do the same.
[ ! -d "$out/site/vault" ] || chattr -R -i "$out/site/vault" 2>/dev/null || true
rm -rf "$out"
mkdir -p "$out"
"$cordon" key new "$out/site.key" >/dev/null
site="$out/site"

# The vault keeps the originals, so that the console can show small pictures of them; the log has a key, so that matters can be handed over.
"$cordon" vault add --registry "$site" --as examples Examples/studies >/dev/null
# The vault makes its objects immutable where it may (as root). These are examples: `rm -rf out` is to work.
chattr -R -i "$site/vault" 2>/dev/null || true
"$cordon" log key new example.org/cordon --registry "$site" >/dev/null

for audience in archive research legal; do
    printf '\ncordon apply --rules %s --audience %s Examples/studies %s\n\n' "$rules" "$audience" "$out/$audience"
    status=0
    "$cordon" apply --rules "$rules" --audience "$audience" --key "$out/site.key" --show-values \
        --registry "$site" --as examples --map "$out/$audience-map.tsv" Examples/studies "$out/$audience" || status=$?
    # 1: done, and something was sequestered. That is what the examples are about.
    [ "$status" -le 1 ] || exit "$status"
done

umask 077
# People for the console: three for holds, which one places and two others release, and one who sees no patients, to ask for a look in an
# emergency. Whoever signs in with a recovery code needs no authenticator.
for account in "rita reviewer" "lena legal" "lars legal" "lou legal" "abel auditor" "adam administrator" "vera viewer"; do
    name=${account% *}
    "$cordon" console account add "$name" --role "${account#* }" --registry "$site" --as examples
    echo
done >"$out/accounts.txt"

cat <<END

Look at $out: for each audience, released/ has what may leave, sequestered/ what stays with its reason beside it, and
decisions.jsonl a line for each input. Why was study 6 decided so?

  $cordon explain --rules $rules Examples/studies/06-vip-and-held

The same in a browser, as whoever decides sees it: start the console, open http://127.0.0.1:8090/, and sign in as one of the people of
$out/accounts.txt, with their password and one of their recovery codes as the code: rita reviews; lena, lars and lou are legal; abel
audits; adam administers; vera views, and sees no patients.

  $cordon console serve --config Examples/console/console.xml
END
