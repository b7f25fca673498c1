"""Data elements of PS3.6 as a perfect hash over tags and a sorted index over keywords."""

import re

from common import Source, StringPool, arguments, array, c_file, vr_code, write

PATH = "Sources/CDICOMTables/Generated/elements.c"

# Hash of a tag: the same arithmetic as `cdicom_hash` in dicom_tables.h.
BUCKETS, SLOT_BITS = 2048, 13
EMPTY = 0xFFFFFFFF


# Rows of PS3.15 2026d that are newer than the table. (0040,E012) has the VR of its neighbour Retrieve URI.
NEWER = [
    {"tag": "(0040,E012)", "name": "Display URI", "keyword": "DisplayURI", "vr": "UR", "vm": "1", "retired": ""},
    {"tag": "(3004,007F)", "name": "Dose Calculation Model Name", "keyword": "DoseCalculationModelName", "vr": "LO",
     "vm": "1", "retired": ""},
]


def mixed(tag):
    h = tag * 0x9E3779B1 & 0xFFFFFFFF
    return h ^ h >> 15


def base_of(pattern, exact):
    """The tag that stands for a repeating element: the first of its tags which no other row names.

    (60xx,3000) becomes (6000,3000); (0028,04x0) becomes (0028,0410), since (0028,0400) is Transform Label.
    `cdicom_base` in dicom_tables.h maps any tag of the pattern to this one.
    """
    digits = pattern.strip("()").replace(",", "")
    if re.match(r"0028,0[48]x", pattern.strip("()")):
        return int(digits.replace("x", "1"), 16)
    tag = int(digits.replace("x", "0"), 16)
    assert tag not in exact, pattern
    return tag


def read(source):
    rows = []
    table = source.rows("\t") + NEWER
    exact = {int(row["tag"].strip("()").replace(",", ""), 16) for row in table if "x" not in row["tag"]}
    for row in table:
        # Rows that only say that a tag is retired, and the three delimiters, have no VR and are no elements.
        if not row["vr"] or row["vr"] == "See Note":
            continue
        vrs = row["vr"].split(" or ")
        tag = base_of(row["tag"], exact) if "x" in row["tag"] else int(row["tag"].strip("()").replace(",", ""), 16)
        rows.append((tag, row["keyword"], row["name"], vrs, row["vm"], row["retired"].startswith("RET")))
    rows.sort()
    assert len({row[0] for row in rows}) == len(rows)
    return rows


def preferred(vrs):
    """The VR that implicit VR little endian means where the standard gives a choice: OW for pixels, overlays and
    lookup tables (PS3.5 A.1), else the first."""
    return "OW" if "OW" in vrs else vrs[0]


def perfect_hash(tags):
    """A displacement for each bucket that puts every tag into a slot of its own, buckets with many tags first."""
    buckets = [[] for _ in range(BUCKETS)]
    for tag in tags:
        buckets[mixed(tag) % BUCKETS].append(tag)
    displacement, slots = [0] * BUCKETS, {}
    for number in sorted(range(BUCKETS), key=lambda b: (-len(buckets[b]), b)):
        for d in range(65536):
            places = {(mixed(t) * (2 * d + 1) & 0xFFFFFFFF) >> (32 - SLOT_BITS) for t in buckets[number]}
            if len(places) == len(buckets[number]) and not any(place in slots for place in places):
                break
        else:
            raise SystemExit("elements.py: no displacement found; raise SLOT_BITS here and in dicom_tables.h")
        displacement[number] = d
        for t in buckets[number]:
            slots[(mixed(t) * (2 * d + 1) & 0xFFFFFFFF) >> (32 - SLOT_BITS)] = t
    return displacement, slots


def generate(data):
    source = Source(data, "ps3.6_attributes_2026b.tsv", "PS3.6 2026b")
    rows = read(source)
    pool = StringPool()
    index = {row[0]: number for number, row in enumerate(rows)}
    preferred_vr = {row[0]: vr_code(preferred(row[3])) for row in rows}
    entries = []
    for tag, keyword, name, vrs, multiplicity, retired in rows:
        choice = [vr_code(vr) for vr in vrs] + [0] * (3 - len(vrs))
        entries.append(
            f"{{0x{tag:08X}, {pool.add(keyword)}, {pool.add(name)}, {pool.add(multiplicity)}, "
            f"{preferred_vr[tag]}, {{{', '.join(map(str, choice))}}}, {int(retired)}}}"
        )
    by_keyword = sorted((row[1], number) for number, row in enumerate(rows) if row[1])
    displacement, slots = perfect_hash(index)
    slot_values = []
    for place in range(1 << SLOT_BITS):
        tag = slots.get(place)
        slot_values.append("{0xFFFFFFFF, 0, 0}" if tag is None else f"{{0x{tag:08X}, {preferred_vr[tag]}, {index[tag]}}}")
    return {
        PATH: c_file(
            "elements.py",
            [source],
            [
                pool.declaration("cdicom_element_text"),
                array("struct cdicom_element cdicom_elements", entries, 1),
                f"const int32_t cdicom_element_count = {len(entries)};\n",
                "// Indices of elements, by keyword in the order of its bytes.",
                array("uint16_t cdicom_elements_by_keyword", [number for _, number in by_keyword], 16),
                f"const int32_t cdicom_keyword_count = {len(by_keyword)};\n",
                array("uint16_t cdicom_displacements", displacement, 16),
                array("struct cdicom_slot cdicom_slots", slot_values, 4),
            ],
        )
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
