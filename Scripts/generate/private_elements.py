"""Private elements that vendors or others have described: by creator, group and the low byte of the element."""

import xml.etree.ElementTree

from common import Source, StringPool, arguments, array, c_file, vr_code, write

PATH = "Sources/CDICOMTables/Generated/private.c"

# GDCM names a choice of VRs with an underscore; the first is what the vendor writes.
CHOICES = {"US_SS": "US", "OB_OW": "OB"}


def read(source):
    """Creator → {(group, low byte of the element): (name, VR, multiplicity)}."""
    creators = {}
    # Entries that name the block (`xx10`) come after those that do not (`0010`) and replace them.
    entries = sorted(xml.etree.ElementTree.fromstring(source.data), key=lambda e: e.get("element").startswith("xx"))
    for entry in entries:
        group, element = entry.get("group").lower(), entry.get("element").lower()
        # (gggg,10xx) describes a private creator, which is no element of a block.
        if element.endswith("xx"):
            continue
        # 60xx and 70xx: the odd groups of a range, kept under their first one.
        repeating = group.endswith("xx")
        group = int(group.replace("xx", "01"), 16)
        # Even groups belong to the standard (PS3.5 7.8), whatever a vendor wrote into them.
        if group % 2 == 0:
            continue
        name = entry.get("name").strip()
        vr = CHOICES.get(entry.get("vr"), entry.get("vr"))
        value = ("" if name == "?" else name, vr, entry.get("vm"), repeating)
        creators.setdefault(entry.get("owner").rstrip(), {})[group, int(element[2:], 16)] = value
    return creators


def generate(data):
    source = Source(data, "private_gdcm.xml", "GDCM 2026-08-21")
    pool = StringPool()
    creators, elements = [], []
    read_creators = read(source)
    for creator in sorted(read_creators, key=lambda name: name.encode("utf-8")):
        creators.append(f"{{{pool.add(creator)}, {len(elements)}}}")
        for (group, element), (name, vr, multiplicity, repeating) in sorted(read_creators[creator].items()):
            elements.append(
                f"{{0x{group << 8 | element:06X}, {pool.add(name)}, {pool.add(multiplicity)}, {vr_code(vr)}, {int(repeating)}}}"
            )
    count = len(creators)
    creators.append(f"{{0, {len(elements)}}}")
    return {
        PATH: c_file(
            "private_elements.py",
            [source],
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
