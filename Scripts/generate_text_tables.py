#!/usr/bin/env python3
"""Writes Sources/CTextTables/tables.c: coded character sets and Unicode normalisation, as constant C arrays.

The mappings are those of CPython's codecs and unicodedata, with three corrections, each stated where it is made. The
output is the same on any machine with the same Unicode version. Usage: generate_text_tables.py [--check]
"""

import pathlib
import sys
import unicodedata

UNICODE = "14.0.0"
TARGET = pathlib.Path(__file__).resolve().parent.parent / "Sources/CTextTables/tables.c"
GRAPHIC_94 = range(0x21, 0x7F)


def scalar(data, codec):
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return 0
    return ord(text) if len(text) == 1 else 0


def single_byte(codec):
    return [scalar(bytes([byte]), codec) for byte in range(0xA0, 0x100)]


def rows(decode):
    return [decode(row, cell) for row in GRAPHIC_94 for cell in GRAPHIC_94]


def jis_x_0208():
    return rows(lambda row, cell: scalar(b"\x1b$B" + bytes([row, cell]) + b"\x1b(B", "iso2022_jp"))


def jis_x_0212():
    table = rows(lambda row, cell: scalar(b"\x1b$(D" + bytes([row, cell]) + b"\x1b(B", "iso2022_jp_2"))
    # 0x2237 is a wide tilde; CPython gives the ASCII one, which would not survive a round trip.
    table[(0x22 - 0x21) * 94 + (0x37 - 0x21)] = 0xFF5E
    return table


def ks_x_1001():
    table = rows(lambda row, cell: scalar(bytes([row | 0x80, cell | 0x80]), "euc_kr"))
    # 0x2454 is the Hangul filler; CPython reads it only as the beginning of a composed syllable.
    table[(0x24 - 0x21) * 94 + (0x54 - 0x21)] = 0x3164
    return table


def gb_2312():
    return rows(lambda row, cell: scalar(bytes([row | 0x80, cell | 0x80]), "gb2312"))


def two_bytes(codec):
    trails = [*range(0x40, 0x7F), *range(0x80, 0xFF)]
    return [scalar(bytes([lead, trail]), codec) for lead in range(0x81, 0xFF) for trail in trails]


def gb_18030():
    table = two_bytes("gb18030")
    # The edition of 2005, as everybody implements it, gave 0xA8BC its place in Unicode; CPython follows that of 2000.
    index = (0xA8 - 0x81) * 190 + (0xBC - 0x41)
    assert table[index] == 0xE7C7
    table[index] = 0x1E3F
    return table


def gb_18030_ranges():
    """Runs of the four-byte codes: what the two-byte table of 2000 lacks of the BMP, in order."""
    taken = set(two_bytes("gb18030"))
    ranges, linear, previous = [], 0, None
    for value in range(0x80, 0x10000):
        if 0xD800 <= value <= 0xDFFF or value in taken:
            continue
        if previous is None or value != previous + 1:
            ranges.append((linear, value))
        previous = value
        linear += 1
    assert linear == 39420, linear
    return ranges


def reverse(table, code):
    """Codes in the order of their scalars; the first code where a set has a character twice."""
    found = {}
    for index, value in enumerate(table):
        if value:
            found.setdefault(value, code(index))
    return [found[value] for value in sorted(found)]


def array(kind, name, values, form="0x%04X"):
    out = [f"static const {kind} {name}[{len(values)}] = {{"]
    line = "   "
    for value in values:
        text = " " + (form % value) + ","
        if len(line) + len(text) > 118:
            out.append(line)
            line = "   "
        line += text
    return "\n".join([*out, line, "};", ""])


def unicode_tables():
    decompositions, compositions, classes, folds = [], [], [], []
    for value in range(0x110000):
        if 0xD800 <= value <= 0xDFFF or 0xAC00 <= value <= 0xD7A3:
            continue
        character = chr(value)
        mapping = unicodedata.decomposition(character)
        if mapping and not mapping.startswith("<"):
            parts = [int(part, 16) for part in mapping.split()]
            decompositions.append((value, parts[0], parts[1] if len(parts) > 1 else 0))
            pair = "".join(map(chr, parts))
            if len(parts) == 2 and unicodedata.normalize("NFC", pair) == character:
                compositions.append((parts[0], parts[1], value))
        combining = unicodedata.combining(character)
        if combining:
            if classes and classes[-1][1] == value - 1 and classes[-1][2] == combining:
                classes[-1] = (classes[-1][0], value, combining)
            else:
                classes.append((value, value, combining))
        fold = character.casefold()
        if fold != character:
            parts = [ord(part) for part in fold] + [0, 0]
            folds.append((value, parts[0], parts[1], parts[2]))
    return decompositions, sorted(compositions), classes, folds


SINGLE_BYTE = [
    ("iso_8859_1", "latin_1"), ("iso_8859_2", "iso8859_2"), ("iso_8859_3", "iso8859_3"), ("iso_8859_4", "iso8859_4"),
    ("iso_8859_5", "iso8859_5"), ("iso_8859_6", "iso8859_6"), ("iso_8859_7", "iso8859_7"), ("iso_8859_8", "iso8859_8"),
    ("iso_8859_9", "iso8859_9"), ("iso_8859_15", "iso8859_15"), ("tis_620", "iso8859_11"),
]


def main():
    assert unicodedata.unidata_version == UNICODE, f"needs a Python with Unicode {UNICODE}"
    out = [
        "// Generated by Scripts/generate_text_tables.py. Do not edit.",
        "// The order of the sets is that of CodedCharacterSet in Swift. 0 stands for what a set does not define.",
        '#include "tables.h"',
        "",
    ]
    names = []
    for name, codec in SINGLE_BYTE:
        names.append((name, 96, single_byte(codec), lambda index: 0xA0 + index))
    in_94 = lambda index: (0x21 + index // 94) << 8 | (0x21 + index % 94)
    in_gbk = lambda index: (0x81 + index // 190) << 8 | (0x40 + index % 190 + (1 if index % 190 >= 63 else 0))
    gb18030 = gb_18030()
    names.append(("jis_x_0208", 94, jis_x_0208(), in_94))
    names.append(("jis_x_0212", 94, jis_x_0212(), in_94))
    names.append(("ks_x_1001", 94, ks_x_1001(), in_94))
    names.append(("gb_2312", 94, gb_2312(), in_94))
    names.append(("gbk", 190, two_bytes("gbk"), in_gbk))
    names.append(("gb_18030", 190, gb18030, in_gbk))
    directory = []
    for name, width, table, code in names:
        back = reverse(table, code)
        out.append(array("uint16_t", f"{name}_scalars", table))
        out.append(array("uint16_t", f"{name}_codes", back))
        directory.append(f"    {{{name}_scalars, {len(table)}, {width}, {name}_codes, {len(back)}}},")
    out.append(f"const struct coded_set text_coded_sets[{len(names)}] = {{\n" + "\n".join(directory) + "\n};")
    out.append(f"const uint32_t text_coded_set_count = {len(names)};\n")
    for name, kind, form, values in [
        ("text_four_byte_ranges", "struct pair", "{0x%04X, 0x%04X}", gb_18030_ranges()),
        *zip(
            ["text_decompositions", "text_compositions", "text_combining_classes", "text_case_foldings"],
            ["struct triple", "struct triple", "struct triple", "struct folding"],
            ["{0x%X, 0x%X, 0x%X}", "{0x%X, 0x%X, 0x%X}", "{0x%X, 0x%X, %d}", "{0x%X, {0x%X, 0x%X, 0x%X}}"],
            unicode_tables(),
        ),
    ]:
        out.append(array(kind, name, values, form).replace("static const", "const"))
        out.append(f"const uint32_t {name}_count = {len(values)};\n")
    text = "\n".join(out)
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text() == text else "tables.c is stale: run Scripts/generate_text_tables.py")
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
