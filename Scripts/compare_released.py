"""Holds what left against what came, as other programs read it: compare_released.py MAP OUT

MAP is written by `cordon apply --map`, OUT is its output folder. Every output opens in pydicom and in DCMTK. A released file is the same; a flagged one differs in
its labels alone; a de-identified one has no name, number or address of its original. dciodvfy finds no error that it did not find in the
original. Prints what is wrong and ends with 1, or says how many files agree.
"""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pydicom

LABELS = {0x0008001D, 0x00080110, 0x04000561}
IDENTIFYING = ("PatientName", "PatientID", "AccessionNumber", "PatientAddress", "PatientBirthDate", "StudyInstanceUID", "InstitutionName")
CHECKER = Path(sys.executable).parent / "dciodvfy"


def errors(path):
    """dciodvfy's errors, without the values that they quote."""
    found = subprocess.run([CHECKER, "-new", path], capture_output=True, text=True, errors="replace").stderr
    return {re.sub(r"<[^>]*> *value|= <.*?>", "", line) for line in found.splitlines() if line.startswith("Error")}


def faults(source, target, disposition):
    original, copy = pydicom.dcmread(source, force=True), pydicom.dcmread(target)
    opened = subprocess.run(["dcmdump", "-q", target], capture_output=True)
    if opened.returncode:
        yield "dcmdump does not open it"
    # dciodvfy cannot inflate, and reads noise.
    is_deflated = copy.file_meta.TransferSyntaxUID.is_deflated
    if not is_deflated and (new := errors(target) - errors(source)):
        yield f"dciodvfy finds: {sorted(new)}"
    if disposition == "release" and Path(source).read_bytes() != Path(target).read_bytes():
        yield "released, and not the same"
    if disposition == "flag":
        for element in [*original, *copy]:
            if element.tag not in LABELS and original.get(element.tag) != copy.get(element.tag):
                yield f"{element.tag} differs"
        if 0x0008001D in copy:
            for item in copy[0x0008001D].value:
                if not (item.CodeValue and item.CodingSchemeDesignator and item.CodeMeaning):
                    yield "a label is no code"
            if 0x0008001D in original and original[0x0008001D] != copy[0x0008001D] and 0x04000561 not in copy:
                yield "labels were replaced, and Original Attributes does not have them"
    if disposition == "deidentify":
        text = Path(target).read_bytes()
        for keyword in IDENTIFYING:
            value = str(original.get(keyword, ""))
            # Shorter ones are found by chance.
            if len(value) > 3 and value.encode() in text:
                yield f"{keyword} is there"
        if copy.PatientIdentityRemoved != "YES" or not copy.DeidentificationMethodCodeSequence:
            yield "it does not say that it is de-identified"
        native = not copy.file_meta.TransferSyntaxUID.is_compressed
        if native and "PixelData" in original and "PixelData" in copy and not original.PixelData.startswith(copy.PixelData):
            yield "other pixels"


def main(path, folder):
    count, wrong = 0, 0
    with open(path, newline="") as file:
        for source, target, disposition in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            if disposition in ("sequester", "refused", "ignored"):
                continue
            count += 1
            for fault in faults(source, str(Path(folder) / target), disposition):
                wrong += 1
                print(f"{Path(source).name}, {disposition}: {fault}")
    print(f"{wrong} faults" if wrong else f"{count} files agree")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
