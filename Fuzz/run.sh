#!/bin/sh
# Builds the fuzz targets and runs them for a while, two side by side: Fuzz/run.sh [seconds [target …]]. What they find stays in
# Fuzz/.build/found.
# Seeds are pydicom's test files (CORDON_PYDICOM, else .venv), and the corpus (CORDON_SHARED) where it is.
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- FuzzReader FuzzEdit FuzzVideo FuzzAssociation FuzzMultipart FuzzMessage
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
mkdir -p .build/seeds .build/found
for target in "$@"; do
    swift build -c release --product "$target" >.build/build.log 2>&1 || {
        grep 'error:' .build/build.log || tail -15 .build/build.log
        exit 1
    }
done
pydicom=${CORDON_PYDICOM:-$(ls -d ../.venv/lib/python3*/site-packages/pydicom/data/test_files 2>/dev/null | head -1)}
corpus=${CORDON_SHARED:-../../shared}/corpus
for folder in "$pydicom" "$corpus"; do
    [ -d "$folder" ] || continue
    find -L "$folder" -type f -size -24k | while read -r file; do
        cp "$file" ".build/seeds/$(cksum < "$file" | cut -d' ' -f1)"
    done
done
# HL7 messages and a FHIR resource.
printf 'MSH|^~\\&|HIS|H|C|P|20261129101500+0100||ADT^A40|7|P|2.9|||AL|NE||UNICODE UTF-8\rARV|1|A|ALL|VIP||20260101^2027\rPID|1|o|4711^^^H&1.2&ISO^MR~9||M\\T\\X\\XC3BC\\\rPD1||||||||||||Y\rMRG|8^^^H\rPV1|1|I||||||||||||||""\r' \
    > .build/seeds/message.hl7
printf '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p","meta":{"security":[{"code":"VIP"}]},"identifier":[{"system":"s","value":"1"}]}}]}' \
    > .build/seeds/bundle.json
# Videos of a second in every container; the first byte says which coding.
if command -v ffmpeg >/dev/null 2>&1; then
    for video in 0:mpeg2video:m2v 0:mpeg2video:ts 0:mpeg2video:vob 1:libx264:h264 1:libx264:ts 1:libx264:mp4 3:libx265:hevc 3:libx265:mp4; do
        coding=${video%%:*} encoder=${video#*:} suffix=${video##*:}
        ffmpeg -nostdin -v error -y -f lavfi -i testsrc=size=64x48:rate=5:duration=1 -c:v "${encoder%:*}" -pix_fmt yuv420p \
            ".build/video.$suffix" 2>/dev/null || continue
        { printf "\\00$coding"; cat ".build/video.$suffix"; } > ".build/seeds/${encoder%:*}.$suffix"
    done
fi
# A multipart body with what a boundary may look like in it.
printf -- 'x\r\n--b\r\nContent-Type: application/dicom; transfer-syntax=*\r\n\r\n\r\n-\r\n--\r\n--b \r\nX: y\r\n z\r\n\r\n--b--\r\n' > .build/seeds/multipart
printf '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"\\u00e4^\\ud83d\\ude00"},null,-1.5e3,true]}}' > .build/seeds/json
fuzz() {
    mkdir -p ".build/corpus-$1"
    ".build/release/$1" -max_total_time="$seconds" -max_len=32768 -rss_limit_mb=2048 -timeout=10 \
        -artifact_prefix=.build/found/ -print_final_stats=1 ".build/corpus-$1" .build/seeds >".build/$1.log" 2>&1
}
failed=""
while [ $# -gt 0 ]; do
    first=$1 second=${2:-}
    shift
    [ -z "$second" ] || shift
    if [ -n "$second" ]; then fuzz "$second" & fi
    fuzz "$first" || failed="$failed $first"
    if [ -n "$second" ]; then wait $! || failed="$failed $second"; fi
    for target in $first $second; do
        echo "== $target, $seconds s"
        tail -15 ".build/$target.log"
    done
done
[ -z "$failed" ] || { echo "these found something:$failed; it is in Fuzz/.build/found" >&2; exit 1; }
