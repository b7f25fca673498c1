"""Rules that look for words, from the list of words in `Rules/packs/words.csv`: one rule for each label."""

import csv
import io

from common import ROOT, arguments, attribute_text, rules_file, write, Source

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
    return files


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
