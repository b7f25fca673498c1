"""Prints, for each path on standard input, what pydicom makes of the file: one JSON line
{"path", "error"} or {"path", "implicit", "little", "elements": {attribute path: [VR or null, value length]}}.
Length is -1 for a sequence (and its number of items follows), -2 for fragments, -3 when pydicom has decoded the value."""
import json
import sys
import warnings

import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = 0


def name(tag):
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def known_sequence(tag):
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False


def walk(dataset, prefix, result):
    for tag in sorted(dataset.keys()):
        raw = dataset.get_item(tag)
        path = prefix + name(int(tag))
        vr = raw.VR
        is_raw = isinstance(raw, RawDataElement)
        is_sequence = vr == "SQ" or (is_raw and vr in (None, "UN") and known_sequence(tag))
        if is_sequence:
            try:
                items = dataset[tag].value
                assert dataset[tag].VR == "SQ"
            except Exception:
                result[path] = [vr, len(raw.value or b"")]
                continue
            result[path] = [vr if is_raw else None, -1, len(items)]
            for number, item in enumerate(items, 1):
                walk(item, f"{path}/{number}/", result)
        elif is_raw and raw.length == 0xFFFFFFFF:
            result[path] = [vr, -2]
        else:
            value = raw.value
            result[path] = [vr, len(value) if isinstance(value, bytes) else 0 if value is None else -3]


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        dataset = pydicom.dcmread(path, force=True)
        elements = {}
        walk(dataset, "", elements)
        report = {"path": path, "implicit": dataset.original_encoding[0], "little": dataset.original_encoding[1], "elements": elements}
    except Exception as error:  # noqa: BLE001: whatever it is, it is the answer
        report = {"path": path, "error": type(error).__name__}
    print(json.dumps(report), flush=True)
