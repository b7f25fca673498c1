"""Tests of the profiles of PS3.15: each statement with a data set that has what it speaks of. What must come is what the
statement says, for an object of which no IOD is known: compound codes take their first action (PS3.15 Table E.1-1a)."""

import re
import xml.etree.ElementTree as ET

from common import WIDTH, arguments, attribute_text, tests_file, write, Source
import profile

NAMESPACE = "{urn:cordon:rules:1}"
FILES = ["Rules/profiles/ps3.15.xml", "Rules/profiles/ps3.15-options.xml"]
VALUES = {
    "AE": "X1", "AS": "045Y", "CS": "X1", "DA": "20200102", "DS": "1.5", "DT": "20200102030405", "IS": "7", "LO": "X1 Doe",
    "LT": "X1 Doe", "PN": "Doe^Jane", "SH": "X1 Doe", "ST": "X1 Doe", "TM": "030405", "UC": "X1 Doe", "UI": "2.25.99",
    "UR": "http://x", "UT": "X1 Doe", "US": "1", "SS": "-1", "UL": "1", "SL": "-1", "UV": "1", "SV": "-1", "FL": "1.5",
    "FD": "1.5", "AT": "(0010,0010)",
}
# What the walk does before any statement is asked (docs/deidentification.md): these go, whatever a profile says.
ALWAYS = ("(0002,", "(0004,")
TEXTS = {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}


class Dictionary:
    def __init__(self, data):
        self.source = Source(data, "ps3.6_attributes_2026b.tsv", "PS3.6 2026b")
        self.rows = [row for row in self.source.rows("\t") if row["keyword"]]
        self.by_keyword = {row["keyword"]: row for row in self.rows}
        self.by_tag = {row["tag"]: row for row in self.rows}

    def vr(self, name):
        row = self.by_keyword.get(name) or self.by_tag.get(name.replace("60xx", "60xx"))
        return row["vr"].split()[0] if row else None

    def tag(self, name):
        return self.by_keyword[name]["tag"] if name in self.by_keyword else name


def lines(name, words, indent, more=""):
    """Elements with as many words in `attribute` as a line holds."""
    result, rest = [], list(words)
    while rest:
        count = next(
            n for n in range(len(rest), 0, -1)
            if n == 1 or len(" " * indent + f'<{name} attribute="{" ".join(rest[:n])}"{more}/>') <= WIDTH)
        result.append(" " * indent + f'<{name} attribute="{" ".join(rest[:count])}"{more}/>')
        rest = rest[count:]
    return result


def data_set(names, dictionary):
    """A data set with these attributes; what an XML attribute can hold is one."""
    plain, parts = [], []
    for name in names:
        vr = dictionary.vr(name)
        written = f"(60{name[3:]}".replace("(60xx", "(6000") if name.startswith("(60xx") else name
        if name.startswith("(60xx") or name.startswith("(50xx"):
            written = "(" + name[1:3] + "00" + name[5:]
        if vr == "SQ":
            parts.append(f'      <sequence attribute="{name}"><item CodeValue="1"/></sequence>')
        elif name in dictionary.by_keyword and vr in VALUES and not name.startswith("("):
            plain.append(f'{name}="{attribute_text(VALUES[vr])}"')
        elif vr in VALUES:
            parts.append(f'      <element attribute="{written}" value="{VALUES[vr]}"/>')
        elif vr:
            parts.append(f'      <element attribute="{written}" bytes="01 02 03 04"/>')
        else:
            parts.append(f'      <element attribute="{attribute_text(written)}" value="X1 Doe" vr="LO"/>')
    head = "    <instance SOPClassUID=\"1.2.3\" " + " ".join(plain)
    return [head.rstrip() + (">" if parts else "/>")] + parts + (["    </instance>"] if parts else [])


def case(name, profile_name, names, dictionary, expectations):
    known = [n for n in names]
    return [
        f'  <case name="{name}">', *data_set(known, dictionary), "    <expect>",
        f'      <copy profile="{profile_name}"{"" if expectations else " others=" + chr(34) + "any" + chr(34)}'
        + (">" if expectations else "/>"),
        *expectations, *(["      </copy>"] if expectations else []), "    </expect>", "  </case>",
    ]


def outcome(action, element):
    """What must come of a statement for an object without an IOD."""
    if action == "by-type":
        return element.get("type1")
    return action


ELEMENTS = {"remove": "removed", "keep": "kept", "empty": "emptied", "uid": "changed", "dummy": "changed", "pseudonym": "changed"}
WORDS = {
    "remove": "what goes", "keep": "what stays", "empty": "what loses its value", "uid": "UIDs become others",
    "dummy": "what gets another value", "pseudonym": "names and numbers become pseudonyms", "clean": "what is cleaned",
    "shift-date": "dates that move",
}


def tests_of(root, dictionary, shifts):
    body = []
    for element in root.iter(NAMESPACE + "profile"):
        name = element.get("id")
        groups, concepts, named = {}, [], set()
        for child in element:
            action = child.tag.removeprefix(NAMESPACE)
            if child.get("attribute"):
                named.add(child.get("attribute"))
                groups.setdefault(outcome(action, child), []).append(child.get("attribute"))
            elif action == "concepts":
                concepts += [(child.get("system"), item) for item in child]
        if name == "ps3.15-basic":
            for child in element:
                if child.get("vr"):
                    row = next(
                        r for r in dictionary.rows
                        if r["vr"] == child.get("vr") and not r["retired"] and r["keyword"] not in named
                        and r["tag"][1:5] not in ("0002", "0004", "0028", "7FE0", "0000") and "xx" not in r["tag"]
                        and r["keyword"] not in ("StudyInstanceUID",))if any(
                            r["vr"] == child.get("vr") and not r["retired"] and r["keyword"] not in named
                            and r["tag"][1:5] not in ("0002", "0004", "0028", "7FE0", "0000") and "xx" not in r["tag"]
                            for r in dictionary.rows) else None
                    if row:
                        action = outcome(child.tag.removeprefix(NAMESPACE), child)
                        groups.setdefault(action, []).append(row["keyword"])
        for action, names in groups.items():
            if action == "shift-date" and not shifts:
                continue
            always = [n for n in names if dictionary.tag(n).startswith(ALWAYS)]
            rest = [n for n in names if n not in always and n not in ("SOPClassUID", "SOPInstanceUID")]
            expectations = []
            if action in ELEMENTS:
                changing = rest
                if action == "keep":
                    changing = [n for n in rest if dictionary.vr(n) != "SQ"]
                if ELEMENTS[action] == "changed":
                    changing = [n for n in rest if dictionary.vr(n) != "SQ"]
                expectations = lines(ELEMENTS[action], changing, 8)
            elif action in ("clean", "shift-date"):
                changing = [n for n in rest if dictionary.vr(n) in (TEXTS if action == "clean" else {"DA", "DT"})]
                expectations = lines("changed", changing, 8)
            data = [n for n in rest if n not in ("SpecificCharacterSet",)]
            body += case(f"{name}: {WORDS[action]}", name, data + always, dictionary, expectations)
        if concepts:
            items = []
            for system, item in concepts:
                value_type = item.get("type", "TEXT")
                items += [
                    f'        <item ValueType="{value_type}" TextValue="X1 Doe">',
                    '          <sequence attribute="ConceptNameCodeSequence">',
                    f'            <item CodeValue="{item.get("code")}" CodingSchemeDesignator="{system}"/>',
                    "          </sequence>", "        </item>",
                ]
            body += [
                f'  <case name="{name}: content items">', '    <instance SOPClassUID="1.2.3">',
                '      <sequence attribute="ContentSequence">', *items, "      </sequence>", "    </instance>",
                f'    <expect><copy profile="{name}" others="any"/></expect>', "  </case>",
            ]
    return body


def generate(data):
    dictionary = Dictionary(data)
    files = profile.generate(data)
    result = {}
    for path in FILES:
        root = ET.fromstring(files[path].encode("utf-8"))
        name = path.split("/")[-1]
        body = tests_of(root, dictionary, shifts=False)
        result[path.replace(".xml", ".test.xml")] = tests_file("profile_tests.py", [dictionary.source], name, body)
    return result


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
