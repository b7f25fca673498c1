"""Registered UIDs of PS3.6 Annex A, sorted for binary search."""

import json

from common import Source, StringPool, arguments, array, c_file, write

PATH = "Sources/CDICOMTables/Generated/uids.c"
FRAME_OF_REFERENCE = "Well-known frame of reference"


def generate(data):
    uids = Source(data, "ps3.6_uids_2026b.tsv", "PS3.6 2026b")
    frames = Source(data, "ps3.6_wellknown_frames_of_reference_2026d.csv", "PS3.6 2026d")
    groups = Source(data, "ps3.16_context_groups_scrape2026-03.json", "PS3.16 2026a or later")
    entries = {}
    for group in json.loads(groups.text):
        if group.get("uid"):
            entries[group["uid"]] = (f"{group['name']} ({group['cid']})", "Context Group")
    for row in frames.rows():
        entries[row["uid"]] = (row["name"], FRAME_OF_REFERENCE)
    for row in uids.rows("\t"):
        entries[row["uid_value"]] = (row["name"], row["uid_type"])
    pool = StringPool()
    values = [f"{{{pool.add(uid)}, {pool.add(entries[uid][0])}, {pool.add(entries[uid][1])}}}" for uid in sorted(entries)]
    return {
        PATH: c_file(
            "uids.py",
            [uids, frames, groups],
            [
                pool.declaration("cdicom_uid_text"),
                array("struct cdicom_uid cdicom_uids", values, 4),
                f"const int32_t cdicom_uid_count = {len(values)};\n",
            ],
        )
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
