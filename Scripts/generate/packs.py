"""Rules that look for words, from the list of words in `Rules/packs/words.csv`: one rule for each label."""

import csv
import io
import re

from common import ROOT, WIDTH, arguments, attribute_text, rules_file, tests_file, write, Source
from patterns import telling

# Free text that a person typed or that came from an order. `**/` where it also stands in sequences.
DESCRIPTIONS = [
    "StudyDescription", "SeriesDescription", "ProtocolName", "PerformedProcedureStepDescription",
    "**/RequestedProcedureDescription", "**/ScheduledProcedureStepDescription", "**/ReasonForTheRequestedProcedure",
    "ReasonForStudy", "ReasonForVisit", "AdmittingDiagnosesDescription", "AdditionalPatientHistory", "ServiceEpisodeDescription",
    "**/CodeMeaning",
]
PLACES = ["InstitutionalDepartmentName", "RequestingService", "CurrentPatientLocation", "InstitutionName"]
COMMENTS = [
    "PatientComments", "VisitComments", "StudyComments", "RequestedProcedureComments", "ImagingServiceRequestComments",
    "CommentsOnThePerformedProcedureStep", "ImageComments", "SpecialNeeds", "PatientState", "MedicalAlerts",
]
CONFIDENTIALITY = ["ConfidentialityConstraintOnPatientDataDescription", "**/ConfidentialityCode"]
REPORT = ["**/TextValue", "**/UnformattedTextValue"]

# (file, title, labels, attributes, what follows the name of the label in the rules' names, what a rule says of itself)
PACKS = [
    ("violence-words.xml", "Words for abuse and violence", ["violence"],
     DESCRIPTIONS + PLACES + COMMENTS + CONFIDENTIALITY, "words",
     "Free text of order, examination, department and comments; meanings of codes."),
    ("violence-report-words.xml", "Words for abuse and violence in structured reports", ["violence"], REPORT, "report-words",
     "Text Value (0040,A160) of structured reports, Unformatted Text Value (0070,0006) of annotations. It finds denials too: a report that rules abuse out says that it was suspected."),
    ("legal-hold-words.xml", "Words for legal holds and forensic examinations", ["held", "forensic"],
     DESCRIPTIONS + PLACES + COMMENTS + CONFIDENTIALITY, "words",
     "Free text of order, examination, department and comments; meanings of codes."),
    ("vip-words.xml", "Words for VIPs, staff, and patients whose whereabouts are hidden",
     ["vip", "employee", "location-hidden"], COMMENTS + CONFIDENTIALITY, "words",
     "Comments and confidentiality remarks alone: in descriptions VIP is also a peptide."),
]


class Words(Source):
    """The list is in the repository, not in the data folder."""

    def __init__(self):
        self.name, self.edition = "Rules/packs/words.csv", "this repository"
        self.data = (ROOT / self.name).read_bytes()


def generate(data):
    words = Words()
    rows = list(csv.DictReader(io.StringIO(words.text)))
    files = {}
    for name, title, labels, attributes, suffix, says in PACKS:
        body = ['  <include href="../vocabularies/categories.xml"/>', '  <tier number="2">']
        for label in labels:
            # All languages in one pattern: an automaton reads a text once, however many words it knows.
            patterns = [row["pattern"] for row in rows if row["label"] == label]
            assert patterns, label
            pattern = attribute_text("|".join(patterns))
            body += [
                f'    <rule id="{label}-{suffix}" title="Words for {label}, in several languages">',
                f"      <description>{says}</description>",
                "      <when><any>",
                *[f'        <matches attribute="{a}" case="ignore" pattern="{pattern}"/>' for a in attributes],
                "      </any></when>",
                f'      <tag study="{label}"/>',
                "    </rule>",
            ]
        body.append("  </tier>")
        files["Rules/packs/" + name] = rules_file("packs.py", [words], "pack." + name.removesuffix(".xml"), "1", title, body)
        files["Rules/packs/" + name.replace(".xml", ".test.xml")] = tests_file(
            "packs.py", [words], name, tests(rows, labels, attributes, suffix))
    return files


# Where an attribute stands that is looked for at any depth.
SEQUENCES = {
    "RequestedProcedureDescription": ["RequestAttributesSequence"],
    "ScheduledProcedureStepDescription": ["RequestAttributesSequence"],
    "ReasonForTheRequestedProcedure": ["RequestAttributesSequence"],
    "ConfidentialityCode": ["ReferencedRequestSequence"],
    "CodeMeaning": ["ReasonForVisitCodeSequence"],
    "TextValue": ["ContentSequence"],
    "UnformattedTextValue": ["GraphicAnnotationSequence", "TextObjectSequence"],
}


def instance(attribute, text):
    """A data set in the short form of tests, with a text in an attribute."""
    keyword = attribute.removeprefix("**/")
    value = f'{keyword}="{attribute_text(text)}"'
    if keyword == attribute:
        return [f"      <instance {value}/>"]
    sequences = SEQUENCES[keyword]
    start = "<instance>" + "<item>".join(f'<sequence attribute="{name}">' for name in sequences)
    end = "</item>".join("</sequence>" for _ in sequences) + "</instance>"
    item = f"<item {value}/>"
    if len(f"      {start}{item}{end}") <= WIDTH:
        return [f"      {start}{item}{end}"]
    return [f"      {start}", f"        {item}", f"      {end}"]


def case(name, instances, expectations):
    return [
        f'  <case name="{name}">', "    <each>", *[line for lines in instances for line in lines], "    </each>",
        *[f"    {line}" for line in expectations], "  </case>",
    ]


def tests(rows, labels, attributes, suffix):
    """Each attribute alone, each language alone, what only looks like a word, and what nobody can read."""
    places = [attribute for attribute in attributes]
    body = [
        '  <case name="an ordinary image is nobody\'s secret">', "    <instance/>",
        "    <expect><labels/><rules others=\"none\"/></expect>", "  </case>",
    ]
    survivors = []
    for label in labels:
        own = [row for row in rows if row["label"] == label]
        others = [row["pattern"] for row in rows if row["label"] in labels and row["label"] != label]
        rule = f"{label}-{suffix}"
        # Of one label alone, and in letters of the size that the pattern does not have: so it is seen whether case counts.
        pattern = "|".join(row["pattern"] for row in own)
        word = next(
            word for row in own for word in (row["matches"].upper(), row["matches"].lower())
            if word.isascii() and not re.search(pattern, word) and not any(re.search(p, word, re.I) for p in others))
        body += case(
            f"words for {label} are found in each attribute", [instance(a, word) for a in places],
            [f'<expect><labels certain="{label}"/><rules fire="{rule}" others="none"/></expect>'])
        field = attributes[0] if attributes == REPORT else "PatientComments"
        body += case(
            f"words for {label} are found in each language", [instance(field, row["matches"]) for row in own],
            [f'<expect><labels certain="{label}" others="any"/><rules fire="{rule}"/></expect>'])
        body += case(
            f"what only looks like a word for {label} is none", [instance(field, row["does not match"]) for row in own],
            [f'<expect><rules silent="{rule}"/></expect>'])
        # What tells of each alternative, and of each boundary, that it is there.
        found, silent, untold = telling(pattern)
        body += case(
            f"each word for {label} is found", [instance(field, text) for text in found],
            [f'<expect><rules fire="{rule}"/></expect>'])
        if silent:
            body += case(
                f"what begins or ends like a word for {label} is none", [instance(field, text) for text in silent],
                [f'<expect><rules silent="{rule}"/></expect>'])
        survivors += [
            f'  <survivor mutant="rule {rule} {attribute_text(name)}" reason="another alternative finds the same"/>'
            for name in untold]
    parts = []
    rest = [attribute.removeprefix("**/") for attribute in attributes]
    while rest:
        count = next(n for n in range(len(rest), 0, -1) if len(unreadable(rest[:n])) <= WIDTH)
        parts.append(unreadable(rest[:count]))
        rest = rest[count:]
    data_set = [f"    <instance>{parts[0].strip()}</instance>"] if len(parts) == 1 else [
        "    <instance>", *parts, "    </instance>"]
    return survivors + body + [
        '  <case name="what nobody can read may hold any of the words">', *data_set, f'    <expect><labels uncertain="{" ".join(labels)}"/></expect>', "  </case>",
    ]


def unreadable(names):
    return f'      <unreadable attribute="{" ".join(names)}"/>'


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
