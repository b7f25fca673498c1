"""PS3.15 Table E.1-1 for `cordon check --coverage`: every row with its code, its options, and the strongest Type that an
IOD gives it.

A row: tag (`50xxxxxx` for curves, `ggggeeee` for private elements), code of the Basic Profile, a letter for each option in
the order of `OPTION_COLUMNS` (`.` where the column is empty), Type.
"""

from common import Source, arguments, provenance, write
from expectations import STRENGTH
from iods import SELF, module_trees, overlay
from profile import OPTION_COLUMNS

PATH = "Sources/RuleAnalysis/Generated/ConfidentialityTableText.swift"


def strongest(tree, found, depth=0):
    """The strongest Type of each tag at any place that IODs describe."""
    for tag, (kind, _, items) in tree.items():
        found[tag] = min(found.get(tag, 3), STRENGTH[kind])
        if items is not SELF and depth < 3:
            strongest(items, found, depth + 1)


def generate(data):
    table = Source(data, "ps3.15_e1_1_2026d.csv", "PS3.15 Table E.1-1 2026d")
    usage = Source(data, "ps3.3_iod_modules_2026b.csv", "PS3.3 2026b")
    attributes = Source(data, "ps3.3_module_attributes_2026b.csv", "PS3.3 2026b")
    gap = Source(data, "ps3.3_module_attributes_gap.csv", "PS3.3 2026b")

    composition = usage.rows()
    modules = module_trees(attributes.rows(), gap.rows(), {row["module"] for row in composition})
    merged = {}
    for row in composition:
        overlay(merged.setdefault(row["iod"], {}), modules.get(row["module"], {}), row["usage"] == "M")
    types = {}
    for tree in merged.values():
        strongest(tree, types)

    lines = set()
    for row in table.rows():
        # Commands are no part of a data set.
        if row["tag"].startswith("(0000,"):
            continue
        name = row["tag"].strip("()").replace(",", "")
        number = None if name.startswith(("50xx", "gggg")) else int(name.replace("x", "0"), 16)
        options = "".join(row[column] or "." for column, _, _ in OPTION_COLUMNS)
        key = name if number is None else f"{number:08X}"
        lines.add(f"{key} {row['basic_profile']} {options} {types.get(number, 3)}")
    head = f"// {provenance('coverage.py', [table, usage, attributes, gap])}. Do not edit.\n"
    body = "\n".join("        " + line for line in sorted(lines))
    return {PATH: head + "\nextension ConfidentialityTable {\n"
            "    /// Tag, code of the Basic Profile, a letter for each option, strongest Type.\n"
            f"    static let text = \"\"\"\n{body}\n        \"\"\"\n}}\n"}


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
