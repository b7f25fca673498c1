"""Areas of pixels of common devices, from the list of facts in `Rules/packs/pixels-devices.csv`: one `areas` for each row."""

import re

from common import ROOT, arguments, attribute_text, rules_file, tests_file, write, Source

NAME = "pixels-devices.csv"
TEXTS = ["Modality", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "ImageType", "SeriesDescription",
         "ProtocolName"]


class Facts(Source):
    """The CSV beside what is made of it."""

    def __init__(self):
        super().__init__(ROOT / "Rules/packs", NAME, "signatures of CTP and of Stanford's scrubber")


def conditions(row):
    """What an image of the device says of itself."""
    result = []
    for name in TEXTS:
        for part in filter(None, row[name].split("|")):
            word, _, text = part.partition(" ") if name != "Modality" else ("equals", "", part)
            if word not in ("contains", "equals", "starts"):
                word, text = "contains", part
            kind = {"contains": "contains", "equals": "equals", "starts": "starts-with"}[word]
            fold = "" if name == "Modality" else ' fold="case"'
            result.append(f'<{kind} attribute="{name}" value="{attribute_text(text)}"{fold}/>')
    for name in ("Rows", "Columns"):
        result.append(f'<compare attribute="{name}" op="eq" number="{row[name]}"/>')
    return result


def rectangle(text):
    left, top, width, height = text.split(",")
    return f'<rectangle left="{left}" top="{top}" width="{width}" height="{height}"/>'


def identifier(row, taken):
    """A name that says which device and which size; each once."""
    words = [row[name].split("|")[0] for name in ("Manufacturer", "ManufacturerModelName")]
    words = [re.sub(r"^(contains|equals|starts) ", "", word) for word in words if word]
    name = re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-") + f'-{row["Columns"]}x{row["Rows"]}'
    number = taken.get(name, 0) + 1
    taken[name] = number
    return name if number == 1 else f"{name}-{number}"


def generate(data):
    facts = Facts()
    taken = {}
    body = [
        '  <include href="../profiles/ps3.15.xml"/>',
        '  <profile id="pixels-devices" title="The Basic Profile, and where common devices write names" extends="ps3.15-basic">',
        "    <description>To be joined with options: extends=\"pixels-devices ps3.15-clean-descriptors\". Measured by others; try",
        "      it on images of yours.</description>",
        "    <pixels>",
    ]
    for row in facts.rows():
        body.append(f'      <areas id="{identifier(row, taken)}">')
        body.append("        <when><all>")
        body += [f"          {line}" for line in conditions(row)]
        body.append("        </all></when>")
        body += [f"        {rectangle(text)}" for text in row["rectangles"].split("; ")]
        body.append("      </areas>")
    body += ["    </pixels>", "  </profile>"]
    tests = [
        '  <case name="names go, as in the Basic Profile">',
        '    <instance Modality="US" PatientName="Doe^Jane"/>',
        '    <expect><copy profile="pixels-devices" others="any"><changed attribute="PatientName"/></copy></expect>',
        "  </case>",
    ]
    return {
        "Rules/packs/pixels-devices.xml": rules_file(
            "pixel_areas.py", [facts], "pack.pixels-devices", "1", "Areas of pixels of common devices", body),
        "Rules/packs/pixels-devices.test.xml": tests_file(
            "pixel_areas.py", [facts], "pixels-devices.xml", tests),
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
