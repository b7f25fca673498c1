"""Private elements that vendors or others have described: by creator, group and the low byte of the element."""

import re
import xml.etree.ElementTree

from common import Source, StringPool, arguments, array, c_file, vr_code, write

PATH = "Sources/CDICOMTables/Generated/private.c"

# A choice of VRs, however it is spelled: the first is what is written.
CHOICES = {"US_SS": "US", "OB_OW": "OB", "OW/OB": "OW", "OW or OB": "OW", "OB or OW": "OB", "US or SS": "US", "ox": "OW", "px": "OW",
           "xs": "US", "lt": "OW", "up": "UL"}

# What no file of the data folder has. The dictionaries of dcm4che and vtk-dicom describe it alike.
OTHERS = [("SIEMENS SYNGO WORKFLOW", "0031", "xx14", "SH", "1", "VIP Indicator")]


def spaced(keyword):
    """A name as people write it: `AnonymizerUIDMap` becomes `Anonymizer UID Map`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", keyword)


def of_gdcm(source):
    # Entries that name the block (`xx10`) come after those that do not (`0010`) and replace them.
    entries = sorted(xml.etree.ElementTree.fromstring(source.data), key=lambda e: e.get("element").startswith("xx"))
    for e in entries:
        name = e.get("name").strip()
        yield e.get("owner"), e.get("group"), e.get("element"), e.get("vr"), e.get("vm"), "" if name == "?" else name


def of_standard(source):
    for row in source.rows():
        group, element = row["tag"].strip("()").split(",")
        yield row["private_creator"], group, element, row["vr"], row["vm"], row["meaning"]


def of_dcmtk(source):
    for line in source.data.decode("latin-1").splitlines():
        found = re.fullmatch(r'\(([0-9a-f]{4}),"([^"]+)",([0-9a-f]{2}|10[0-9a-f]{2})\)\t(\w+)\t(\w+)\t(\S+)\t.*', line, re.IGNORECASE)
        if found:
            group, owner, element, vr, name, vm = found.groups()
            yield owner, group, "xx" + element[-2:], vr, vm, spaced(name)


def read(*sources):
    """Creator → {(group, low byte of the element): (name, VR, multiplicity, repeating)}; the first source that knows an
    element is followed, within a source the last entry."""
    creators = {}
    for entries in sources:
        known = {}
        for owner, group, element, vr, vm, name in entries:
            group, element = group.lower(), element.lower()
            # (gggg,10xx) describes a private creator, which is no element of a block.
            if element.endswith("xx"):
                continue
            # 60xx and 70xx: the odd groups of a range, kept under their first one.
            repeating = group.endswith("xx")
            group = int(group.replace("xx", "01"), 16)
            # Even groups belong to the standard (PS3.5 7.8), whatever a vendor wrote into them.
            if group % 2 == 1 and vr:
                known[owner.rstrip(), group, int(element[2:], 16)] = (name, CHOICES.get(vr, vr), vm, repeating)
        for (owner, group, element), value in known.items():
            creators.setdefault(owner, {}).setdefault((group, element), value)
    return creators


def generate(data):
    gdcm = Source(data, "private_gdcm.xml", "GDCM 2026-08-21")
    standard = Source(data, "ps3.15_e3_10_1_2026d.csv", "PS3.15 Table E.3.10-1 2026d")
    dcmtk = Source(data, "private_dcmtk.dic", "DCMTK 2026-05-24")
    known = read(of_gdcm(gdcm), of_standard(standard), of_dcmtk(dcmtk), OTHERS)
    pool = StringPool()
    creators, elements = [], []
    for creator in sorted(known, key=lambda name: name.encode("utf-8")):
        creators.append(f"{{{pool.add(creator)}, {len(elements)}}}")
        for (group, element), (name, vr, multiplicity, repeating) in sorted(known[creator].items()):
            elements.append(
                f"{{0x{group << 8 | element:06X}, {pool.add(name)}, {pool.add(multiplicity)}, {vr_code(vr)}, {int(repeating)}}}"
            )
    count = len(creators)
    creators.append(f"{{0, {len(elements)}}}")
    return {
        PATH: c_file(
            "private_elements.py",
            [gdcm, standard, dcmtk],
            [
                pool.declaration("cdicom_private_text"),
                "// Each creator's elements end where those of the next begin.",
                array("struct cdicom_creator cdicom_creators", creators, 8),
                f"const int32_t cdicom_creator_count = {count};\n",
                array("struct cdicom_private_element cdicom_private_elements", elements, 4),
            ],
        )
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
