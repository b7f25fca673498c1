"""What `cordon verify` looks up: Table E.1-1, Table E.3.10-1, and the words of the standard's own vocabularies.

They are its own: a fault in what the profiles are made of must not hide itself here.
"""

import json
import re
import unicodedata

from common import Source, arguments, provenance, write

FOLDER = "Sources/Verification/Generated"

# In the order of `DeidentificationOptions`.
OPTIONS = [
    "retain_safe_private", "retain_uids", "retain_device_identity", "retain_institution_identity",
    "retain_patient_characteristics", "retain_longitudinal_full_dates", "retain_longitudinal_modified_dates",
    "clean_descriptors", "clean_structured_content", "clean_graphics",
]


def swift_file(sources, name, comment, lines):
    head = f"// {provenance('verification.py', sources)}. Do not edit.\n"
    body = "\n".join("        " + line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return (head + f"\nextension GeneratedText {{\n    /// {comment}\n    static let {name} = \"\"\"\n"
            + body + "\n        \"\"\"\n}\n")


def table_rows(source):
    for row in json.loads(source.text)["rows"]:
        tag = re.fullmatch(r"\(([0-9A-Fx]{4}),([0-9A-Fx]{4})\)", row["tag"])
        if tag is None:
            continue  # private attributes have a table of their own
        kept = {"K", "C"}
        options = [str(OPTIONS.index(name)) for name, action in sorted(row["options"].items()) if action in kept]
        yield f"{tag[1]}{tag[2]} {row['basic_profile']} {''.join(options) or '-'}"


def safe_rows(source):
    for row in source.rows():
        tag = re.fullmatch(r"\(([0-9A-F]{4}),xx([0-9A-F]{2})\)", row["tag"].upper().replace("XX", "xx"))
        if tag:
            yield f"{tag[1]}{tag[2]} {row['private_creator'].strip()}"


def words(texts):
    found = set()
    for text in texts:
        plain = unicodedata.normalize("NFD", text).lower()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        # Names of one letter case within a keyword stand apart: StudyInstanceUID.
        found.update(word for word in re.findall(r"[a-z]+", plain) if len(word) > 1)
    return sorted(found)


def wrapped(items, width=100):
    line = ""
    for item in items:
        if line and len(line) + 1 + len(item) > width:
            yield line
            line = item
        else:
            line = f"{line} {item}" if line else item
    if line:
        yield line


def generate(data):
    table = Source(data, "ps3.15_e1_1_2026d.json", "2026d")
    safe = Source(data, "ps3.15_e3_10_1_2026d.csv", "2026d")
    attributes = Source(data, "ps3.6_attributes_2026b.tsv", "2026b")
    groups = Source(data, "ps3.16_context_groups_scrape2026-03.json", "2026-03")
    concepts = Source(data, "ps3.15_e3_4_1_sr_concepts_2020.csv", "2020")
    texts = [" ".join(str(value) for value in row.values()) for row in attributes.rows("\t")]
    for group in json.loads(groups.text):
        texts.append(group["name"])
        texts += [code["meaning"] for code in group["codes"] if code.get("meaning")]
    texts.append(concepts.text)
    return {
        f"{FOLDER}/ConfidentialityTableText.swift": swift_file(
            [table], "confidentialityTable",
            "Rows of Table E.1-1: tag, action of the Basic Profile, options that keep or clean it.",
            sorted(set(table_rows(table)))),
        f"{FOLDER}/SafePrivateText.swift": swift_file(
            [safe], "safePrivate", "Rows of Table E.3.10-1: group and element byte, creator.",
            sorted(set(safe_rows(safe)))),
        f"{FOLDER}/VocabularyWords.swift": swift_file(
            [attributes, groups, concepts], "vocabularyWords",
            "Words of attribute names, context groups and concepts.", list(wrapped(words(texts)))),
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
