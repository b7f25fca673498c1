"""Attributes and Types of every IOD (PS3.3) as one graph, in which equal sequences are stored once.

For each IOD the modules are laid over each other: an attribute gets the strongest Type that any of them gives it, and,
apart from that, the strongest of the modules with usage M, which every instance has.
"""

from common import Source, StringPool, arguments, array, c_file, write

PATH = "Sources/CDICOMTables/Generated/iods.c"

# Strongest first, as InformationObjectDefinitions.AttributeType is declared.
TYPES = {"1": 1, "1C": 2, "2": 3, "2C": 4, "3": 5, "": 0}
CONTENT_SEQUENCE = 0x0040A730
# What PS3.3 C.17.3 gives to every content item below the root besides what the tables list there.
RECURSIVE_ITEM = {0x0040A032: "1C", 0x0040A171: "3"}
SELF = "self"


# Keywords that PS3.3 2026b abbreviates and that therefore came without a tag.
ABBREVIATED = {"SummarizedFilterLookupTable": "(003A,0320)", "AnalogFilterType": "(003A,0325)"}


def number(text):
    """A tag; a repeating group by its first tag, (6000,3000)."""
    text = ABBREVIATED.get(text, text)
    return int(text.strip("()").replace(",", "").replace("x", "0"), 16)


def stronger(left, right):
    return right if left == 0 or (right != 0 and right < left) else left


def module_trees(attributes, gap, used):
    """Module → {tag: [Type, {tag: …}]}, of the modules that make up IODs of PS3.3 (services have Types of their own)."""
    modules, places = {}, {}
    for row in attributes:
        if row["module"] not in used:
            continue
        path = tuple(number(tag) for tag in row["path_tags"].split("/") if tag)
        parent = modules.setdefault(row["module"], {}) if not path else places[row["module"], path]
        tag = number(row["tag"] or row["keyword"])
        attribute = parent.setdefault(tag, [TYPES[row["type"]], {}])
        places[row["module"], path + (tag,)] = attribute[1]
    for row in gap:
        if row["known_type"]:
            modules[row["known_module"]][number(row["tag"])] = [TYPES[row["known_type"]], {}]
    for tree in modules.values():
        make_recursive(tree)
    return modules


def make_recursive(tree):
    """Content Sequence holds items that may hold Content Sequence, to any depth (PS3.3 C.17.3); tables stop somewhere."""
    for tag, (_, items) in tree.items():
        if items is SELF:
            continue
        if tag == CONTENT_SEQUENCE:
            for other, kind in RECURSIVE_ITEM.items():
                items.setdefault(other, [TYPES[kind], {}])
            items.setdefault(CONTENT_SEQUENCE, [TYPES["1C"], SELF])
        make_recursive(items)


def overlay(target, tree, mandatory):
    """Lays a module over what other modules say: tag → [strongest Type, strongest in modules of usage M, items]."""
    for tag, (kind, items) in tree.items():
        entry = target.setdefault(tag, [0, 0, {}])
        entry[0] = stronger(entry[0], kind)
        if mandatory:
            entry[1] = stronger(entry[1], kind)
        if items is SELF:
            entry[2] = SELF
        else:
            assert entry[2] is not SELF
            overlay(entry[2], items, mandatory)


class Graph:
    """Nodes are lists of attributes; two sequences with the same attributes share a node."""

    def __init__(self):
        self.ids = {(): 0}
        self.nodes = [()]

    def node(self, tree):
        edges = tuple(
            (tag, kind, mandatory, SELF if items is SELF else self.node(items))
            for tag, (kind, mandatory, items) in sorted(tree.items())
        )
        if edges not in self.ids:
            self.ids[edges] = len(self.nodes)
            self.nodes.append(edges)
        return self.ids[edges]


def generate(data):
    usage = Source(data, "ps3.3_iod_modules_2026b.csv", "PS3.3 2026b")
    attributes = Source(data, "ps3.3_module_attributes_2026b.csv", "PS3.3 2026b")
    gap = Source(data, "ps3.3_module_attributes_gap.csv", "PS3.3 2026b")
    classes = Source(data, "ps3.4_sop_class_iod_2026b.csv", "PS3.4 2026b")
    composition = usage.rows()
    modules = module_trees(attributes.rows(), gap.rows(), {row["module"] for row in composition})
    merged = {}
    for row in composition:
        # A few modules newer than the attribute table have no attributes there; what they hold is in no IOD.
        overlay(merged.setdefault(row["iod"], {}), modules.get(row["module"], {}), row["usage"] == "M")
    graph, pool = Graph(), StringPool()
    roots = {iod: graph.node(merged[iod]) for iod in sorted(merged)}
    index = {iod: place for place, iod in enumerate(roots)}
    first, edges = [], []
    for place, node in enumerate(graph.nodes):
        first.append(len(edges))
        for tag, kind, mandatory, items in node:
            edges.append(f"{{0x{tag:08X}, {place if items is SELF else items}, {kind}, {mandatory}}}")
    first.append(len(edges))
    assert len(graph.nodes) < 65536
    by_class = sorted((row["sop_class_uid"], index[row["iod"]]) for row in classes.rows())
    return {
        PATH: c_file(
            "iods.py",
            [usage, attributes, gap, classes],
            [
                "// The attributes of each sequence end where those of the next begin; sequence 0 has none.",
                array("uint32_t cdicom_iod_nodes", first, 16),
                array("struct cdicom_iod_attribute cdicom_iod_attributes", edges, 4),
                array("struct cdicom_iod cdicom_iods", [f"{{{pool.add(i)}, {roots[i]}}}" for i in roots], 8),
                f"const int32_t cdicom_iod_count = {len(roots)};\n",
                array("struct cdicom_sop_class cdicom_sop_classes", [f"{{{pool.add(u)}, {i}}}" for u, i in by_class], 8),
                f"const int32_t cdicom_sop_class_count = {len(by_class)};\n",
                pool.declaration("cdicom_iod_text"),
            ],
        )
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
