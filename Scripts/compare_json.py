#!/usr/bin/env python3
"""Compares our DICOM JSON with that of pydicom and of DCMTK's dcm2json.

Reads lines of a path, a tab and our JSON, and prints for the reader named in the environment variable READER every
difference that has no name, and how often those occurred that have one:

fragments   we name Pixel Data in fragments by BulkDataURI; the bytes there are the same
long        the same for a value beyond the limit
delimiters  of person names at the end; dcm2json cuts them off
single      FL in the shortest digits that read back the same, not as the digits of a double; FD but
            for the last digit, where dcm2json errs
empty       null for an empty value among several (PS3.18 F.2.5), not an empty string, object or nothing
padding     spaces that PS3.5 6.2 calls insignificant
order       bytes of a big endian file in little endian
signedness  implicit VR: the dictionary's first choice of "US or SS", "OB or OW"
number      IS and DS as numbers, and the same digits
unreadable  text that cannot be decoded, given as UN; the reader replaces characters or passes bytes on
charset     (0008,0005) as it is in the file; dcm2json says ISO_IR 192
unknown     UN of a known element, read by the dictionary; and private elements that one of the two does not know
duplicate   an element that occurs twice: the first; the reader gives the last
"""

import base64
import collections
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import warnings
import zlib

names = collections.Counter()


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def same_single(a, b):
    try:
        return struct.pack("<f", float(a)) == struct.pack("<f", float(b))
    except (OverflowError, ValueError, TypeError):
        return False


def stripped(value):
    if isinstance(value, dict):
        found = {key: stripped(part) for key, part in value.items() if part not in ("", None)}
        return found or None
    if isinstance(value, str):
        return value.strip(" \0") or None
    return value


def delimited(value):
    found = {key: part.rstrip("^ ") for key, part in (value or {}).items()}
    return {key: part for key, part in found.items() if part}


def swapped(data, unit):
    return b"".join(data[i : i + unit][::-1] for i in range(0, len(data), unit))


UNITS = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def elements(path):
    """What offsets count in: the file, or the inflated data set."""
    with open(path, "rb") as file:
        data = file.read()
    if b"1.2.840.10008.1.2.1.99" not in data[:1024]:
        return data
    return zlib.decompress(data[144 + struct.unpack_from("<I", data, 140)[0] :], -15)


def binary_difference(path, a, b):
    theirs = base64.b64decode(b.get("InlineBinary", ""))
    if "BulkDataURI" in a:
        offset, length = map(int, re.fullmatch(r"\?offset=(\d+)&length=(\d+)", a["BulkDataURI"]).groups())
        ours = elements(path)[offset : offset + length]
        name = "fragments" if ours[:4] == b"\xfe\xff\x00\xe0" else "long"
        if ours == theirs:
            return name
        # dcm2json leaves the fragments out.
        if ours[:4] in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00") or not theirs:
            return "fragments"
    else:
        ours, name = base64.b64decode(a.get("InlineBinary", "")), None
    if ours == theirs:
        return name
    unit = UNITS.get(b["vr"], UNITS.get(a["vr"], 2))
    if ours == swapped(theirs, unit) or swapped(ours, unit) == theirs:
        return "order"
    # A value of odd length is padded, or not.
    if ours.rstrip(b"\0") == theirs.rstrip(b"\0"):
        return "padding"
    return None


def value_difference(vr, a, b):
    """The name of the difference between two values, "" for none, None for one without a name."""
    if a == b and type(a) == type(b):
        return ""
    if a is None and stripped(b) in (None, "", {}):
        return "empty"
    if vr == "FL" and same_single(a, b) or vr == "FD" and number(b) and abs(float(a) / float(b) - 1) < 1e-15:
        return "single"
    if vr == "PN" and delimited(a) == delimited(b):
        return "delimiters"
    if vr in ("IS", "DS", "SV", "UV") and number(a) is not None and number(a) == number(b):
        return "number"
    if a in ("NaN", "Infinity", "-Infinity") and str(b).lower() in ("nan", "inf", "-inf"):
        return "number"
    if stripped(a) == stripped(b):
        return "padding"
    return None


def difference(path, key, a, b):
    """Names of the differences between two attributes; [None] for one without a name."""
    vrs = {a["vr"], b["vr"]}
    if key == "00080005":
        return ["charset"] if a != b else []
    if a["vr"] == "UN" and b["vr"] not in ("OB", "OW", "UN", "SQ"):
        return ["unreadable"] if "Value" in b else ["unknown"]
    if vrs <= {"OB", "OD", "OF", "OL", "OV", "OW", "UN"} or ("InlineBinary" in b and "BulkDataURI" in a):
        found = binary_difference(path, a, b) if a != b else ""
        extra = ["signedness"] if a["vr"] != b["vr"] else []
        return [None] if found is None and a.get("InlineBinary") != b.get("InlineBinary") else ([found] if found else []) + extra
    if a["vr"] != b["vr"]:
        if vrs <= {"US", "SS", "OW"}:
            return ["signedness"]
        return ["unknown"] if "UN" in vrs or "OB" in vrs else [None]
    x, y = a.get("Value", []), b.get("Value", [])
    if not x and all(stripped(value) in (None, "") for value in y):
        return ["empty"] if y else []
    if a["vr"] == "PN" and not y and not any(map(delimited, x)):
        return ["delimiters"]
    if len(x) != len(y):
        return [None]
    return [name for name in (value_difference(a["vr"], p, q) for p, q in zip(x, y)) if name != ""]


def compare(path, where, ours, theirs):
    for key in sorted(set(ours) | set(theirs)):
        if key.endswith("0000"):
            continue
        place = f"{where}/{key}"
        a, b = ours.get(key), theirs.get(key)
        if a is None or b is None:
            print("differ", place, json.dumps(a)[:200], json.dumps(b)[:200], sep="\t")
        elif a["vr"] == "SQ" and b["vr"] == "SQ":
            x, y = a.get("Value", []), b.get("Value", [])
            if len(x) != len(y):
                print("differ", place, len(x), len(y), sep="\t")
            for index, (p, q) in enumerate(zip(x, y)):
                compare(path, f"{place}/{index + 1}", p, q or {})
        else:
            for name in difference(path, key, a, b):
                if name is None:
                    print("differ", place, json.dumps(a)[:200], json.dumps(b)[:200], sep="\t")
                else:
                    names[name] += 1


def by_pydicom(path):
    import pydicom
    from pydicom import config

    warnings.simplefilter("ignore")
    config.settings.reading_validation_mode = config.IGNORE
    return json.loads(json.dumps(pydicom.dcmread(path, force=True).to_json_dict()))


def by_dcmtk(path):
    run = subprocess.run(["dcm2json", "-q", "-fc", path], capture_output=True)
    if run.returncode != 0:
        raise ValueError(run.returncode)
    return json.loads(run.stdout)


def main():
    reader = os.environ.get("READER", "pydicom")
    if reader == "dcmtk" and not shutil.which("dcm2json"):
        return
    read = {"pydicom": by_pydicom, "dcmtk": by_dcmtk}[reader]
    files = 0
    for line in sys.stdin.read().split("\n"):
        path, text = line.split("\t", 1)
        try:
            theirs = read(path)
        except Exception as error:
            print("skip", os.path.basename(path), type(error).__name__, sep="\t")
            continue
        files += 1
        compare(path, os.path.basename(path), json.loads(text), theirs)
    for name, count in sorted(names.items()):
        print("named", name, count, sep="\t")
    print("files", files, sep="\t")


if __name__ == "__main__":
    main()
