#!/bin/sh
# dcmodify.sh IN OUT: DCMTK has no de-identifier; the nearest is a copy, edited in place: identifying attributes out or empty, new UIDs, private
# elements out. It does not go into sequences, and UIDs are random for each file.
set -eu
cp -r "$1" "$2"
arguments="-nb -ie -imt -q -ep -gst -gse -gin"
for tag in 0008,0012 0008,0013 0008,0021 0008,0022 0008,002A 0008,0031 0008,0032 0008,0080 0008,0081 0008,0092 0008,0094 0008,0096 \
    0008,1010 0008,1030 0008,103E 0008,1040 0008,1048 0008,1050 0008,1060 0008,1070 0008,1072 0008,1080 0008,1110 0008,1140 \
    0010,0021 0010,0032 0010,1000 0010,1001 0010,1010 0010,1020 0010,1030 0010,1040 0010,2110 0010,2154 0010,2160 0010,21B0 0010,4000 \
    0018,1000 0018,1030 0020,4000 0032,1032 0032,1060 0038,0010 0038,0300 0040,0244 0040,0245 0040,0253 0040,0254 0040,0275 0040,2017; do
    arguments="$arguments -ea ($tag)"
done
for tag in 0008,0020 0008,0023 0008,0030 0008,0033 0008,0050 0008,0090 0010,0010 0010,0020 0010,0030 0010,0040 0020,0010; do
    arguments="$arguments -ma ($tag)="
done
# shellcheck disable=SC2086
find "$2" -type f -print0 | sort -z | xargs -0 -n 250 dcmodify $arguments
