"""Tests of the profiles of PS3.15: each statement with a data set that has what it speaks of. What must come is what the
statement says, for an object of which no IOD is known: compound codes take their first action (PS3.15 Table E.1-1a)."""

import xml.etree.ElementTree as ET

import profile
from common import WIDTH, Source, arguments, attribute_text, tests_file, wrapped, write

NAMESPACE = "{urn:cordon:rules:1}"
FILES = ["Rules/profiles/ps3.15.xml", "Rules/profiles/ps3.15-options.xml"]
VALUES = {
    "AE": "X1", "AS": "045Y", "CS": "X1", "DA": "20200102", "DS": "1.5", "DT": "20200102030405", "IS": "7", "LO": "X1 Doe",
    "LT": "X1 Doe", "PN": "Doe^Jane", "SH": "X1 Doe", "ST": "X1 Doe", "TM": "030405", "UC": "X1 Doe", "UI": "2.25.99",
    "UR": "http://x", "UT": "X1 Doe", "US": "1", "SS": "-1", "UL": "1", "SL": "-1", "UV": "1", "SV": "-1", "FL": "1.5",
    "FD": "1.5", "AT": "(0010,0010)",
}
# Groups that the walk treats by itself, whatever a profile says (docs/deidentification.md).
ALWAYS = ("(0002,", "(0004,")
TEXTS = {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}
EXPECTED = {
    "remove": "removed", "keep": "kept", "empty": "emptied", "uid": "changed", "dummy": "changed", "pseudonym": "changed",
    "clean": "changed", "shift-date": "changed",
}
WORDS = {
    "remove": "what goes", "keep": "what stays", "empty": "what loses its value", "uid": "UIDs become others",
    "dummy": "what gets another value", "pseudonym": "names and numbers become pseudonyms", "clean": "what is cleaned",
    "shift-date": "dates that move",
}
# For a statement about a group, an element of it.
GROUPS = {"50xx": "(5000,0005)", "60xx": "(6000,0010)", "private": "(0099,{NOBODY}10)"}
# These stand for what the object is, or ask for more than an element alone.
APART = {"SOPClassUID", "SOPInstanceUID", "EncapsulatedDocument"}
# Written anew into every copy.
WRITTEN = {"DeidentificationMethod", "PatientIdentityRemoved"}
VALUES_OF = {"SpecificCharacterSet": "ISO_IR 100", "TimezoneOffsetFromUTC": "+0100"}
PIXELS = {"PixelData": (16, "01 02 03 04"), "FloatPixelData": (32, "00 00 80 3F 00 00 80 3F"),
          "DoubleFloatPixelData": (64, "00 00 00 00 00 00 F0 3F 00 00 00 00 00 00 F0 3F")}


class Dictionary:
    """VRs of attributes: of PS3.6, and of the safe private ones."""

    def __init__(self, data):
        self.sources = [
            Source(data, "ps3.6_attributes_2026b.tsv", "PS3.6 2026b"),
            Source(data, "ps3.15_e3_10_1_2026d.csv", "PS3.15 Table E.3.10-1 2026d"),
        ]
        self.rows = [row for row in self.sources[0].rows("\t") if row["keyword"]]
        self.by_keyword = {row["keyword"]: row for row in self.rows}
        self.by_tag = {row["tag"]: row for row in self.rows}
        self.private = {}
        for row in self.sources[1].rows():
            if row["vr"].strip():
                group, element = row["tag"][1:5].upper(), row["tag"][-3:-1].upper()
                self.private[f"({group},{{{row['private_creator'].strip()}}}{element})"] = row["vr"].replace("/", " ").split()[0]

    def vr(self, name):
        row = self.by_keyword.get(name) or self.by_tag.get(name) or self.by_tag.get(name.replace("(6000", "(60xx"))
        return row["vr"].split()[0] if row else self.private.get(name)

    def tag(self, name):
        return self.by_keyword[name]["tag"] if name in self.by_keyword else name

    def another(self, vr, named):
        """An attribute of the VR that no statement names; None where there is none."""
        for row in sorted(self.rows, key=lambda row: row["retired"]):
            if (row["vr"] == vr and row["keyword"] not in named | APART and "xx" not in row["tag"]
                    and row["tag"][1:5] not in ("0000", "0002", "0004", "0028", "7FE0")):
                return row["keyword"]
        return None


def nested(indent, start, inner, end):
    """An element with what is in it: on one line where that fits."""
    flat = start + "".join(line.strip() for line in inner) + end
    if indent + len(flat) <= WIDTH:
        return [" " * indent + flat]
    return wrapped(" " * indent + start) + inner + [" " * indent + end]


def naming(element, words, indent):
    """Elements with as many words in `attribute` as a line holds."""
    result, rest = [], list(words)
    while rest:
        count = next(
            n for n in range(len(rest), 0, -1)
            if n == 1 or len(" " * indent + f'<{element} attribute="{" ".join(rest[:n])}"/>') <= WIDTH)
        result.append(" " * indent + f'<{element} attribute="{attribute_text(" ".join(rest[:count]))}"/>')
        rest = rest[count:]
    return result


def data_set(names, dictionary, more=""):
    """A data set with these attributes; what an XML attribute can hold is one."""
    plain, parts = [], []
    for name in names:
        vr = dictionary.vr(name)
        written = attribute_text(name.replace("(60xx", "(6000").replace("(50xx", "(5000"))
        if vr == "SQ":
            parts.append(f'      <sequence attribute="{written}"><item CodeValue="1"/></sequence>')
        elif name in dictionary.by_keyword and vr in VALUES:
            plain.append(f'{name}="{attribute_text(VALUES_OF.get(name, VALUES[vr]))}"')
        elif vr in VALUES:
            parts.append(f'      <element attribute="{written}" value="{VALUES[vr]}" vr="{vr}"/>')
        elif vr:
            parts.append(f'      <element attribute="{written}" bytes="01 02 03 04" vr="{vr}"/>')
        else:
            parts.append(f'      <element attribute="{written}" value="X1 Doe" vr="LO"/>')
    head = " ".join(['<instance SOPClassUID="1.2.3"', *([more] if more else []), *plain])
    if not parts:
        return wrapped(f"    {head}/>")
    if len(parts) == 1 and parts[0].startswith("      <sequence"):
        start, item = parts[0].strip().split("<item", 1)
        flat = f"    {head}>{parts[0].strip()}</instance>"
        if len(flat) > WIDTH and len(f"    {head}>{start}") + len('<item CodeValue="1"') <= WIDTH:
            return [f"    {head}>{start}", "      <item" + item.removesuffix("</sequence>"), "    </sequence></instance>"]
    return nested(4, head + ">", parts, "</instance>")


def case(name, instance, profile_name, expectations):
    head = f'<copy profile="{profile_name}"'
    copy = nested(6, head + ">", expectations, "</copy>") if expectations else [f'      {head} others="any"/>']
    return [f'  <case name="{name}">', *instance, *nested(4, "<expect>", copy, "</expect>"), "  </case>"]


def action_of(element):
    """What a statement comes to for an object without an IOD."""
    action = element.tag.removeprefix(NAMESPACE)
    return element.get("type1") if action == "by-type" else action


def expected(action, names, dictionary):
    """Names of which an expectation can be told. Of sequences, only that they go: their items are treated for themselves."""
    names = [n for n in names if not dictionary.tag(n).startswith(ALWAYS)]
    if action == "clean":
        return [n for n in names if dictionary.vr(n) in TEXTS and not n.startswith("(60xx")]
    if action == "shift-date":
        return [n for n in names if dictionary.vr(n) in ("DA", "DT")]
    if action in ("keep", "uid", "dummy", "pseudonym"):
        return [n for n in names if dictionary.vr(n) != "SQ"]
    return names


def statements(element, dictionary, named):
    """Attributes by action, of all statements of a profile."""
    groups = {}
    for child in element:
        name = child.get("attribute") or GROUPS.get(child.get("group"))
        if child.get("vr"):
            name = dictionary.another(child.get("vr"), named)
        if name:
            groups.setdefault(action_of(child), []).append(name)
    return groups


def tests_of(root, dictionary, basic_names):
    body = []
    for element in root.iter(NAMESPACE + "profile"):
        name = element.get("id")
        named = basic_names | {child.get("attribute") for child in element}
        if element.find(NAMESPACE + "shift-date") is not None:
            # How far dates move, a site says: Rules/sites/research-export.test.xml.
            continue
        for action, names in statements(element, dictionary, named).items():
            rest = [n for n in names if n not in APART and n not in PIXELS]
            more = 'PatientName="Doe^Jane"' if action == "clean" and "PatientName" not in rest else ""
            # An overlay without its data goes as a whole, whatever is said of its elements.
            told = [
                n for n in expected(action, rest, dictionary)
                if n not in WRITTEN and (n not in GROUPS.values() or action == "remove")]
            body += case(
                f"{name}: {WORDS[action]}", data_set(rest, dictionary, more), name,
                naming(EXPECTED[action], told, 8))
            for pixels in [n for n in names if n in PIXELS]:
                bits, value = PIXELS[pixels]
                size = f'SamplesPerPixel="1" Rows="1" Columns="2" BitsAllocated="{bits}"'
                body += case(
                    f"{name}: {pixels}",
                    nested(4, f'<instance {size}>',
                           [f'      <element attribute="{pixels}" bytes="{value}"/>'], "</instance>"),
                    name, naming(EXPECTED[action], [pixels], 8))
            if "EncapsulatedDocument" in names:
                body += case(
                    f"{name}: a document becomes an empty one",
                    nested(4, '<instance SOPClassUID="1.2.3" MIMETypeOfEncapsulatedDocument="application/pdf">',
                           ['      <element attribute="EncapsulatedDocument" bytes="25 50 44 46"/>'], "</instance>"),
                    name, naming(EXPECTED[action], ["EncapsulatedDocument"], 8))
        concepts = [(group.get("system"), item) for group in element.iter(NAMESPACE + "concepts") for item in group]
        concepts = [(system, item) for system, item in concepts if action_of(item) != "shift-date"]
        if concepts:
            body += case(f"{name}: content items", content(concepts), name, [])
        for child in element:
            vr = child.get("vr")
            if vr and not dictionary.another(vr, named):
                body += wrapped(
                    f'  <impossible profile="{name}" statement="vr {vr}" '
                    'reason="each attribute of PS3.6 with this VR has a statement of its own"/>')
        if name == "ps3.15-basic":
            body += [
                *wrapped('  <impossible profile="ps3.15-basic" statement="group 0000" '
                         'reason="elements of commands are in no data set; the walk takes them away by itself"/>'),
                *wrapped('  <impossible profile="ps3.15-basic" statement="anything" '
                         'reason="every VR of PS3.5 has a statement of its own; this is for those to come"/>'),
            ]
    return body


def content(concepts):
    """A data set with a content item for each concept."""
    lines = ['    <instance SOPClassUID="1.2.3"><sequence attribute="ContentSequence">']
    for system, item in concepts:
        head = f'<item ValueType="{item.get("type", "TEXT")}" TextValue="X1 Doe"><sequence attribute="ConceptNameCodeSequence">'
        code = f'<item CodeValue="{item.get("code")}" CodingSchemeDesignator="{system}"/>'
        lines += [f"      {head}", f"        {code}", "      </sequence></item>"]
    return lines + ["    </sequence></instance>"]


def generate(data):
    dictionary = Dictionary(data)
    files = profile.generate(data)
    roots = {path: ET.fromstring(files[path].encode("utf-8")) for path in FILES}
    basic_names = {child.get("attribute") for child in next(roots[FILES[0]].iter(NAMESPACE + "profile"))}
    return {
        path.replace(".xml", ".test.xml"): tests_file(
            "profile_tests.py", dictionary.sources, path.split("/")[-1], tests_of(roots[path], dictionary, basic_names))
        for path in FILES
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
