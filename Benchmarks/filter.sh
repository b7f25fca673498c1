#!/bin/sh
# filter.sh TOOL FOLDER LIST: prints the files whose Patient ID is in the list; `floor` only reads the beginning of each.
set -eu
case $1 in
floor) find "$2" -type f -print0 | xargs -0 head -qc 4096 | wc -c ;;
dcmdump)
    dcmdump -q +F -s +P 0010,0020 -M +st 0010,0020 +sd +r "$2" | awk -v list="$3" '
        BEGIN { while ((getline line < list) > 0) listed[line] = 1 }
        /^# dcmdump/ { file = $0; sub(/^# dcmdump \([0-9\/]*\): /, "", file) }
        /^\(0010,0020\)/ { id = $0; sub(/^[^[]*\[/, "", id); sub(/ *\].*/, "", id); if (id in listed) print file }' ;;
gdcmscanner)
    gdcmscanner -d "$2" -r -t 0010,0020 -p | awk -v list="$3" '
        BEGIN { while ((getline line < list) > 0) listed[line] = 1 }
        /^Filename:/ { file = $2 }
        /\[/ { id = $0; sub(/^.*\[/, "", id); sub(/\][^]]*$/, "", id); gsub(/ +$/, "", id); if (id in listed) print file }' ;;
esac
