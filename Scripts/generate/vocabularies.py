"""Vocabularies: CID 900 and 901 of PS3.16, and the security labels of HL7, in tiers.

Tier 1 says whether, tier 2 of which category, tier 3 in detail, tier 4 is the HL7 security label. What HL7 calls a sensitivity
and sites use as a category (VIP, SDV) stands at tier 2; the file of categories is what packs and sites include.
"""

import xml.etree.ElementTree as xml

from common import Source, arguments, attribute_text, rules_file, tests_file, write

FOLDER = "Rules/vocabularies/"

# HL7 has no designators of its own in PS3.16 Table 8-1 for these; the name of each code system is used, as the table does
# with those it has (ActPriority). At most 16 characters, so that it fits Coding Scheme Designator (SH).
SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-"

# (id, tier, parents, lifts, system, code, why). Codes of HL7 are checked against the source.
CATEGORIES = [
    ("sensitive", 1, "", "", "DCM", "131395", "Tier 1: something about the study is sensitive. Every other one comes with it."),
    ("no-sensitive-content", 1, "", "", "DCM", "131390", "The sender looked and found nothing. It lifts nothing."),
    ("handling", 1, "", "", "", "", "A statement of how to handle the study, which says nothing of its content."),
    ("unexplained", 1, "", "", "", "", "Given beside sensitive: a system or a sign says so, and not why. A site never lifts it."),
    ("vip", 2, "sensitive", "", "ActCode", "VIP", "A person whom the curious look for."),
    ("violence", 2, "sensitive", "", "ActCode", "SDV",
     "A victim of abuse or violence, whom somebody may be looking for. HL7's DVD is developmental disability, not this."),
    ("held", 2, "sensitive", "", "DCM", "113021",
     "On legal hold: PS3.16 CID 7010, For Litigation. HL7 has no sensitivity that means it."),
    ("employee", 2, "sensitive", "", "ActCode", "EMP", "Staff who is a patient here."),
    ("forensic", 2, "sensitive", "", "", "", "Made for police or court, or of a dead body. No standard code."),
    ("no-consent", 2, "sensitive", "", "ActCode", "NODSCLCD",
     "Consent to pass the study on was refused or withdrawn."),
    ("consented", 2, "", "vip", "", "",
     "A VIP who agreed that this may be passed on. It lifts nothing else: who is in danger is not helped by a signature."),
    ("celebrity", 3, "vip", "", "ActCode", "CEL", ""),
    ("violence-by-stranger", 3, "violence", "", "ActCode", "VIO", ""),
    ("military-sexual-trauma", 3, "violence", "", "ActCode", "MST", ""),
    ("location-hidden", 2, "sensitive", "", "ActCode", "PATLOC", "Where the patient is must not be told."),
]

# What each code of CID 901 is a detail of. DICOM leaves that open; the choice is the more careful one where there are two.
DETAILS = {
    "nudity": ["53505006", "76752008", "46862004", "65439009", "71934003", "39117004", "24142002", "18911002", "75776007",
               "20233005", "40689003", "76784001"],
    "identifying": ["51089004", "89545001", "64013008", "341000119102"],
    "gruesome": ["29240004", "87612001", "125666000", "131396", "430861001", "312608009", "125643001", "430339001",
                 "112633009", "417746004"],
    "violence": ["386702006"],
    "personal": ["56306000", "77386006"],
    "sensitive": ["73761001", "392003006", "125667009", "423827005", "409774005", "73632009", "271807003", "65124004"],
}
CID900 = {"131391": "nudity", "131392": "personal", "131393": "identifying", "131394": "gruesome"}
CONFIDENTIALITY = {"U": "unrestricted", "L": "low", "M": "moderate", "N": "normal", "R": "restricted", "V": "very-restricted"}
DIMENSIONS = ["compartment", "integrity", "purpose", "obligation", "refrain"]


def label(identifier, tier, parents="", lifts="", system="", code="", meaning="", dimension="", why=""):
    values = [("id", identifier), ("tier", tier), ("is-a", parents), ("lifts", lifts), ("system", system), ("code", code),
              ("meaning", meaning), ("dimension", dimension)]
    text = " ".join(f'{name}="{attribute_text(str(value))}"' for name, value in values if value != "")
    if not why:
        return f"    <label {text}/>"
    return f"    <label {text}>\n      <description>{attribute_text(why)}</description>\n    </label>"


def vocabulary(labels, system=""):
    opening = f'  <vocabulary system="{system}">' if system else "  <vocabulary>"
    return [opening] + labels + ["  </vocabulary>"]


def generate(data):
    hl7 = Source(data, "hl7_security_labels.csv", "HL7 v3-ActCode 8.0.0, v3-ObservationValue 2.1.0, v3-ActReason, v3-Confidentiality")
    groups = Source(data, "ps3.16_context_groups_security_subset.csv", "PS3.16 2026a or later")
    codes = {(row["system"].removeprefix(SYSTEM), row["code"]): row for row in hl7.rows()}
    dicom = groups.rows()
    meanings = {(row["scheme"], row["code"]): row["meaning"] for row in dicom}
    script = "vocabularies.py"
    files = {}

    def meaning(system, code):
        if not system:
            return ""
        return meanings[system, code] if system == "DCM" else codes[system, code]["display"]

    def dimension(system, code):
        return codes[system, code]["dimension"] if (system, code) in codes else ""

    used = {(system, code) for _, _, _, _, system, code, _ in CATEGORIES}
    files["categories.xml"] = rules_file(
        script, [groups, hl7], "vocabulary.categories", "1", "Categories that sites use",
        vocabulary([
            label(i, tier, parents, lifts, system, code, meaning(system, code), dimension(system, code), why)
            for i, tier, parents, lifts, system, code, why in CATEGORIES
        ]))

    content = [label(CID900[row["code"]], 2, "sensitive", "", "DCM", row["code"], row["meaning"])
               for row in dicom if row["cid"] == "900" and row["code"] in CID900]
    parent = {code: kind for kind, members in DETAILS.items() for code in members}
    details = [label("content-" + row["meaning"].lower().replace(" ", "-"), 3, parent.pop(row["code"]), "", row["scheme"],
                     row["code"], row["meaning"])
               for row in dicom if row["cid"] == "901"]
    assert not parent, parent
    assert {row["code"] for row in dicom if row["cid"] == "900"} == set(CID900) | {"131390", "131395"}
    files["dicom-sensitive-content.xml"] = rules_file(
        script, [groups], "vocabulary.dicom-sensitive-content", "2026a", "Sensitive content, PS3.16 CID 900 and CID 901",
        ['  <include href="categories.xml"/>', "  <!-- CID 900 Sensitive Content -->"] + vocabulary(content)
        + ["  <!-- CID 901 Sensitive Content Detail -->"] + vocabulary(details))

    def handled(kind, parents, prefix):
        return [label(prefix + row["code"].lower(), 4, "vip" if row["relevance"] == "VIP" else parents, "", system, code, row["display"], kind if kind in DIMENSIONS + ["sensitivity"] else "",
                      row["relevance"] if row["relevance"].startswith("NOT") else "")
                for (system, code), row in codes.items() if row["dimension"] == kind and (system, code) not in used]

    files["hl7-actcode.xml"] = rules_file(
        script, [hl7], "vocabulary.hl7-actcode", "8.0.0", "Sensitivities of HL7 v3-ActCode",
        ['  <include href="categories.xml"/>'] + vocabulary(handled("sensitivity", "sensitive", "sensitivity-")))

    files["hl7-confidentiality.xml"] = rules_file(
        script, [hl7], "vocabulary.hl7-confidentiality", "8.0.0", "HL7 v3-Confidentiality, lowest first",
        ['  <include href="categories.xml"/>'] + vocabulary([
            label("confidentiality-" + name, 4, "sensitive" if code in "RV" else "handling", "", "Confidentiality", code,
                  codes["Confidentiality", code]["display"], "confidentiality")
            for code, name in CONFIDENTIALITY.items()
        ]))

    body = ['  <include href="categories.xml"/>']
    for kind in DIMENSIONS:
        body += [f"  <!-- {kind.capitalize()} -->"]
        body += vocabulary(handled(kind, "sensitive" if kind == "refrain" else "handling", kind + "-"))
    body += ["  <!-- Privacy marks -->"] + vocabulary(handled("privacy-mark", "sensitive", "mark-"))
    files["hl7-handling.xml"] = rules_file(
        script, [hl7], "vocabulary.hl7-handling", "8.0.0", "HL7 handling: purpose, obligation, refrain, compartment, integrity", body)

    sources = {"categories.xml": [groups, hl7], "dicom-sensitive-content.xml": [groups]}
    known = {label.get("id"): label for text in files.values() for label in labels_of(text)}
    for name in list(files):
        body = [line for label in labels_of(files[name]) for line in code_test(label, known)]
        files[name.replace(".xml", ".codes.test.xml")] = tests_file(script, sources.get(name, [hl7]), name, body)
    return {FOLDER + name: text for name, text in files.items()}


def labels_of(text):
    return list(xml.fromstring(text.encode()).iter("{urn:cordon:rules:1}label"))


def code_test(label, known):
    """A study that has the label alone, by its code or from the registry: what comes with it, and nothing else."""
    name, parents = label.get("id"), label.get("is-a", "").split()
    if not parents and not label.get("code"):
        return []
    certain, rest = [], [name]
    while rest:
        certain.append(rest.pop(0))
        rest += [parent for parent in known[certain[-1]].get("is-a", "").split() if parent not in certain + rest]
    case = [f'  <case name="{name} comes alone">']
    if label.get("code"):
        values = f'CodeValue="{attribute_text(label.get("code"))}" CodingSchemeDesignator="{label.get("system")}"'
        case += [
            '    <instance><sequence attribute="SensitiveContentCodeSequence">', f"      <item {values}/>",
            "    </sequence></instance>"]
    else:
        case += [f'    <registry><label name="{name}" of="patient"/></registry>', '    <instance PatientID="P1"/>']
    return case + [f'    <expect><labels certain="{" ".join(certain)}"/></expect>', "  </case>"]


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
