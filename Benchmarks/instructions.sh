#!/bin/sh
# instructions.sh CORDON WORK: instructions in user mode that each file costs, counted by the processor (perf), else by valgrind. The
# difference between a run on many files and a run on few, so that starting up is not in it.
set -eu
cordon=$1
work=$2
here=$(cd "$(dirname "$0")" && pwd)
rules=$here/../Rules/sites/research-export.xml
scratch=$(mktemp -d "$work/instructions-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# The first N files of a set, as links.
part() {
    mkdir -p "$scratch/$1-$2"
    find "$work/$1" -name '*.dcm' | sort | head -n "$2" | while read -r file; do
        ln "$file" "$scratch/$1-$2/$(echo "${file#"$work/$1/"}" | tr / _)"
    done
}

if perf stat -x, -e instructions:u true 2>&1 | grep -q '^[0-9]'; then
    by=perf
elif command -v valgrind >/dev/null; then
    by=valgrind
else
    echo "neither perf nor valgrind can count instructions here" >&2
    exit 2
fi

# Cordon ends with 1 when it kept something back.
count() {
    rm -rf "$scratch/out"
    if [ "$by" = perf ]; then
        perf stat -x, -e instructions:u -o "$scratch/count" "$@" "$scratch/out" >/dev/null 2>&1 || [ $? -eq 1 ]
        sed -n 's/^\([0-9]*\),.*instructions.*/\1/p' "$scratch/count"
    else
        valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file="$scratch/count" "$@" "$scratch/out" \
            >/dev/null 2>&1 || [ $? -eq 1 ]
        sed -n 's/.*I *refs: *//p' "$scratch/count" | tr -d ,
    fi
}

echo "Counted by $by."
printf '| | files | instructions a file, thousands |\n| --- | --- | --- |\n'
row() {
    name=$1 set=$2 few=$3 many=$4
    shift 4
    # Of `bench.py --smoke` there are fewer.
    there=$(find "$work/$set" -name '*.dcm' | wc -l)
    [ "$many" -le "$there" ] || many=$there
    [ "$few" -lt "$many" ] || few=1
    if [ "$few" -ge "$many" ]; then
        printf '| %s | %d | too few files |\n' "$name" "$there"
        return
    fi
    part "$set" "$few"
    part "$set" "$many"
    less=$(count "$@" "$scratch/$set-$few")
    more=$(count "$@" "$scratch/$set-$many")
    printf '| %s | %d | %d |\n' "$name" "$((many - few))" "$(((more - less) / (many - few) / 1000))"
}
for set in ct:10:110 mr:10:510 enhanced:1:6; do
    few=${set#*:}
    row "de-identify ${set%%:*}" "${set%%:*}" "${few%:*}" "${few#*:}" \
        "$cordon" apply --quiet --rules "$rules" --audience basic --key "$work/site.key" --jobs 1 --at 20261124120000
done
row "find listed patients, mr" mr 10 1010 \
    "$cordon" apply --dry-run --quiet --rules "$work/listed.xml" --audience found --jobs 1
