#!/bin/sh
# Builds the fuzz targets and runs each for a while: Fuzz/run.sh [seconds]. What they find stays in Fuzz/.build/found.
# Seeds are pydicom's test files (CORDON_PYDICOM, else .venv), and the corpus (CORDON_SHARED) where it is.
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
swift build -c release 2>&1 | grep -E 'error:|Compiling|Build' | tail -1
mkdir -p .build/seeds .build/found
pydicom=${CORDON_PYDICOM:-$(ls -d ../.venv/lib/python3*/site-packages/pydicom/data/test_files 2>/dev/null | head -1)}
corpus=${CORDON_SHARED:-../../shared}/corpus
for folder in "$pydicom" "$corpus"; do
    [ -d "$folder" ] || continue
    find -L "$folder" -type f -size -24k | while read -r file; do
        cp "$file" ".build/seeds/$(cksum < "$file" | cut -d' ' -f1)"
    done
done
for target in FuzzReader FuzzEdit; do
    mkdir -p ".build/corpus-$target"
    echo "== $target, $seconds s"
    ".build/release/$target" -max_total_time="$seconds" -max_len=32768 -rss_limit_mb=2048 -timeout=10 \
        -artifact_prefix=.build/found/ -print_final_stats=1 ".build/corpus-$target" .build/seeds 2>&1 | tail -15
done
