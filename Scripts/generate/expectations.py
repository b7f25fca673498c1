"""What Table E.1-1 asks for, row by row, with places at which attributes are of Type 1, 2 and 3: for the test that compares
de-identified data sets with the table itself and knows nothing of the rule files.

A row of the output: tag, VR, code of the Basic Profile, a letter for each option (`.` where the column is empty), then places
as `Type:SOP class:path`. Places are at depth 0, 1 and 3 where an IOD has them; a path that no IOD has is of Type 3.
"""

from common import Source, arguments, provenance, write
from elements import NEWER
from iods import SELF, TYPES, module_trees, overlay
from profile import OPTION_COLUMNS

PATH = "Tests/Expectations/e1-1.tsv"

# Types as the codes count them.
STRENGTH = {TYPES["1"]: 1, TYPES["1C"]: 1, TYPES["2"]: 2, TYPES["2C"]: 2, TYPES["3"]: 3, 0: 3}
CT = "1.2.840.10008.5.1.4.1.1.2"
DEPTHS = (0, 1, 3)
# Sequences that the table does not name and a CT image does not have: whatever is in them is of Type 3.
NOWHERE = [0x300A00B0, 0x300A0111, 0x300A0116]
# Objects that are nothing but a document are sequestered whatever else is in them.
DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."


def places(tree, rows, path, found):
    """Paths to rows of the table through sequences that it does not name: (depth, strength, tag) → path."""
    for tag, (kind, _, items) in sorted(tree.items()):
        if tag in rows:
            if len(path) in DEPTHS:
                found.setdefault((len(path), STRENGTH[kind], tag), path)
        elif items is not SELF and len(path) < max(DEPTHS):
            places(items, rows, path + [tag], found)


def generate(data):
    table = Source(data, "ps3.15_e1_1_2026d.csv", "PS3.15 Table E.1-1 2026d")
    dictionary = Source(data, "ps3.6_attributes_2026b.tsv", "PS3.6 2026b")
    usage = Source(data, "ps3.3_iod_modules_2026b.csv", "PS3.3 2026b")
    attributes = Source(data, "ps3.3_module_attributes_2026b.csv", "PS3.3 2026b")
    gap = Source(data, "ps3.3_module_attributes_gap.csv", "PS3.3 2026b")
    classes = Source(data, "ps3.4_sop_class_iod_2026b.csv", "PS3.4 2026b")

    vrs = {row["tag"]: row["vr"] for row in dictionary.rows("\t") + NEWER}
    rows = {}
    for row in table.rows():
        # Commands, curves and private elements are treated as groups.
        if not row["tag"].startswith(("(0000,", "(50xx", "(gggg")):
            rows[int(row["tag"].strip("()").replace(",", "").replace("x", "0"), 16)] = row
    composition = usage.rows()
    modules = module_trees(attributes.rows(), gap.rows(), {row["module"] for row in composition})
    merged = {}
    for row in composition:
        overlay(merged.setdefault(row["iod"], {}), modules.get(row["module"], {}), row["usage"] == "M")
    chosen = {}
    # CT first, so that most rows share one data set.
    for row in sorted(classes.rows(), key=lambda row: (row["sop_class_uid"] != CT, row["sop_class_uid"])):
        if row["sop_class_uid"].startswith(DOCUMENTS):
            continue
        found = {}
        places(merged[row["iod"]], rows, [], found)
        for key, path in found.items():
            chosen.setdefault(key, (row["sop_class_uid"], path))

    assert NOWHERE[0] not in merged["ct-image"] and not rows.keys() & set(NOWHERE)

    lines = []
    for tag, row in sorted(rows.items()):
        options = "".join(row[column] or "." for column, _, _ in OPTION_COLUMNS)
        cells = []
        for depth in DEPTHS:
            for strength in (1, 2, 3):
                place = chosen.get((depth, strength, tag))
                if strength == 3 and (depth > 0 or place is None):
                    place = (CT, NOWHERE[:depth]) if depth > 0 or tag not in merged["ct-image"] else None
                if place:
                    path = "/".join(f"{part:08X}" for part in place[1] + [tag])
                    cells.append(f"{strength}:{place[0]}:{path}")
        vr = vrs.get(row["tag"], "UN").split(" ")[0] or "UN"
        lines.append("\t".join([f"{tag:08X}", vr, row["basic_profile"], options] + cells))
    head = f"# {provenance('expectations.py', [table, dictionary, usage, attributes, gap, classes])}. Do not edit."
    return {PATH: "\n".join([head] + lines) + "\n"}


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
