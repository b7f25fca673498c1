"""The Basic Application Level Confidentiality Profile of PS3.15 Table E.1-1, every row, and all its options but those for
pixels: what they keep, clean and shift, with the concepts of Table E.3.4-1 and the private elements of Table E.3.10-1.

What the table does not name is treated by VR (E.1.1 Notes 4 and 5), apart from a list of attributes without which an object
cannot be read; each stands here with the reason.
"""

from common import Source, arguments, attribute_text, rules_file, write
from elements import NEWER

BASIC, OPTIONS = "Rules/profiles/ps3.15.xml", "Rules/profiles/ps3.15-options.xml"

# Table E.1-1a. 1C counts as 1, 2C as 2, and an attribute that is not in the IOD as 3.
CODES = {
    "X": "<remove {}/>",
    "Z": "<empty {}/>",
    "D": "<dummy {}/>",
    "U": "<uid {}/>",
    "K": "<keep {}/>",
    "C": "<clean {}/>",
    "Z/D": '<by-type {} type1="dummy" type2="empty" type3="empty"/>',
    "X/Z": '<by-type {} type1="dummy" type2="empty" type3="remove"/>',
    "X/D": '<by-type {} type1="dummy" type2="empty" type3="remove"/>',
    "X/Z/D": '<by-type {} type1="dummy" type2="empty" type3="remove"/>',
    # The sequence stays for every Type, and the profile treats its items: their UIDs are replaced. The table would take it
    # away where it is optional (Type 3: X). Of two codes that protect alike, the one that leaves the object whole: a UID
    # with a new one names nobody, and without the sequence references are lost that Referenced Series Sequence, which
    # stays, is there to serve (PS3.3 C.12.1 asks that it names no instance which the object does not reference).
    "X/Z/U*": "<keep {}/>",
}

# The table allows a dummy where it says Z or Z/D. One that is the same for the same patient keeps a study together.
PSEUDONYMS = {"(0010,0010)", "(0010,0020)"}

# Removed although the table does not name them.
REMOVED = [
    ("Labels tell a reader whom to look for.", ["SensitiveContentCodeSequence", "ConfidentialityCode"]),
    ("They describe private elements, which are gone.", ["PrivateDataElementCharacteristicsSequence"]),
    ("Same value, other calendar: the birth date and the date of death are in the table.",
     ["PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar"]),
    ("Where and from whom the file came.",
     ["SourceApplicationEntityTitle", "SendingApplicationEntityTitle", "ReceivingApplicationEntityTitle",
      "SourcePresentationAddress", "SendingPresentationAddress", "ReceivingPresentationAddress",
      "PrivateInformationCreatorUID", "PrivateInformation"]),
]

# Kept although their VR could hold text about a person.
KEPT = [
    ("The character set of everything else.", ["SpecificCharacterSet"]),
    ("What the object is, and how it is encoded: never of a person, and private classes are not registered.",
     ["MediaStorageSOPClassUID", "TransferSyntaxUID", "ImplementationClassUID", "ImplementationVersionName",
      "FileMetaInformationVersion", "SOPClassUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID",
      "SOPClassesInStudy", "SOPClassesSupported", "ReferencedSOPClassUID", "PertinentSOPClassesInStudy",
      "PertinentSOPClassesInSeries", "AvailableTransferSyntaxUID", "StoredInstanceTransferSyntaxUID",
      "MACCalculationTransferSyntaxUID", "EncryptedContentTransferSyntaxUID", "FlowTransferSyntaxUID",
      "ReferencedSOPClassUIDInFile", "ReferencedTransferSyntaxUIDInFile",
      "ReferencedRelatedGeneralSOPClassUIDInFile", "MIMETypeOfEncapsulatedDocument", "ListOfMIMETypes"]),
    ("Codes name concepts (PS3.3 8). Codes of persons stand in sequences that the table names.",
     ["CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning", "LongCodeValue", "URNCodeValue",
      "ContextUID", "MappingResourceUID", "MappingResourceName", "CodingSchemeUID", "ContextGroupExtensionCreatorUID",
      "CodingSchemeRegistry", "CodingSchemeExternalID", "CodingSchemeName", "CodingSchemeResponsibleOrganization",
      "CodingSchemeURL"]),
    ("What was done before: codes and method of an earlier de-identification are added to, not replaced.",
     ["DeidentificationMethod"]),
    ("Make and model of equipment and software; the table names what tells one device from another.",
     ["Manufacturer", "ManufacturerModelName", "ManufacturerRelatedModelGroup", "ManufacturerModelVersion",
      "SoftwareVersions", "SecondaryCaptureDeviceManufacturer", "SecondaryCaptureDeviceManufacturerModelName",
      "SecondaryCaptureDeviceSoftwareVersions", "DetectorManufacturerName", "DetectorManufacturerModelName",
      "ReceiveCoilManufacturerName", "ReceiveCoilName", "TransmitCoilManufacturerName", "TransmitCoilName",
      "ApplicationName", "ApplicationVersion", "ApplicationManufacturer", "AlgorithmName", "AlgorithmVersion",
      "SegmentAlgorithmName", "IOLManufacturer", "ApplicationSetupManufacturer", "SourceApplicatorManufacturer"]),
    ("How the image was acquired and reconstructed: names of techniques, without which it cannot be used.",
     ["SequenceName", "PulseSequenceName", "ImagedNucleus", "ConvolutionKernel", "ImageFilter", "FilterType",
      "TypeOfFilters", "CollimatorGridName", "GridAbsorbingMaterial", "GridSpacingMaterial", "PhosphorType", "PlateType",
      "AcquisitionMode", "DoseModeName", "DigitalImageFormatAcquired", "VideoImageFormatAcquired", "TriggerSourceOrType",
      "CardiacFramingType", "PVCRejection", "MultiCoilConfiguration", "MultiCoilElementName", "ASLTechniqueDescription",
      "ASLBolusCutoffTechnique", "ProcessingFunction", "OutputPower", "DetectorMode", "ContrastBolusRoute",
      "RadiopharmaceuticalRoute", "Radiopharmaceutical", "AttenuationCorrectionMethod", "ReconstructionMethod",
      "ScatterCorrectionMethod", "DetectorLinesOfResponseUsed", "PositionReferenceIndicator",
      "TargetPositionReferenceIndicator", "EnergyWindowName", "SpectralSensitivity", "LensDescription"]),
    ("What pixel values mean and how they are shown.",
     ["RescaleType", "ModalityLUTType", "WindowCenterWidthExplanation", "LUTExplanation", "ICCProfile",
      "PixelSpacingCalibrationDescription", "FillPattern", "FontName", "CSSFontName"]),
    ("The image or signal itself. Burned-in text is the business of `burned-in`, not of this table.",
     ["PixelData", "WaveformData", "WaveformPaddingValue", "ChannelMinimumValue", "ChannelMaximumValue"]),
    ("Names by which parts of one object refer to each other.",
     ["StackID", "OpticalPathIdentifier", "ReferencedOpticalPathIdentifier", "PrivateCreatorReference",
      "DimensionIndexPrivateCreator", "FunctionalGroupPrivateCreator", "SelectorSequencePointerPrivateCreator",
      "SelectorAttributePrivateCreator", "AttributeOccurrencePrivateCreator"]),
    ("Species, breed and strain of laboratory animals; a breed registration number is not kept.",
     ["PatientSpeciesDescription", "PatientBreedDescription", "StrainNomenclature", "StrainDescription",
      "GeneticModificationsNomenclature", "GeneticModificationsDescription"]),
    ("Parts of a treatment machine, without which a dose cannot be understood.",
     ["WedgeID", "BolusID", "MaterialID", "CompensatorID", "ApplicatorID", "SourceIsotopeName", "RangeShifterID",
      "LateralSpreadingDeviceID", "RangeModulatorID", "SnoutID", "BrachyAccessoryDeviceID", "SourceApplicatorID",
      "RangeShifterSetting", "LateralSpreadingDeviceSetting"]),
]

BY_TYPE = CODES["X/Z/D"]
# (VRs, action, why) for everything that has no statement of its own.
DEFAULTS = [
    (["SQ"], "<keep {}/>", "Sequences stay, and the profile treats their items."),
    (["UI"], "<uid {}/>", "A new UID; registered ones stay, which is the engine's business."),
    (["PN"], BY_TYPE, "Names."),
    (["DA", "DT", "TM", "AS"], BY_TYPE, "Dates, times and ages."),
    (["AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT"], BY_TYPE, "Text that somebody may have typed."),
    (["OB", "UN"], BY_TYPE, "Bytes of which nothing is known."),
    (["CS"], "<keep {}/>", "Terms that PS3.3 enumerates."),
    (["AT", "DS", "FD", "FL", "IS", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"], "<keep {}/>",
     "Numbers, and arrays of them."),
]

# Options in the order of their codes in CID 7050: (column, id, code).
OPTION_COLUMNS = [
    ("clean_graphics", "ps3.15-clean-graphics", "113103"),
    ("clean_structured_content", "ps3.15-clean-structured-content", "113104"),
    ("clean_descriptors", "ps3.15-clean-descriptors", "113105"),
    ("retain_longitudinal_full_dates", "ps3.15-retain-full-dates", "113106"),
    ("retain_longitudinal_modified_dates", "ps3.15-retain-modified-dates", "113107"),
    ("retain_patient_characteristics", "ps3.15-retain-patient-characteristics", "113108"),
    ("retain_device_identity", "ps3.15-retain-device-identity", "113109"),
    ("retain_uids", "ps3.15-retain-uids", "113110"),
    ("retain_safe_private", "ps3.15-retain-safe-private", "113111"),
    ("retain_institution_identity", "ps3.15-retain-institution-identity", "113112"),
]

# Attributes of the profile element of an option.
OPTION_ATTRIBUTES = {
    "retain_longitudinal_full_dates": ' contradicts="ps3.15-retain-modified-dates"',
    "retain_safe_private": ' private-characteristics="honour"',
}

TEXT_VRS = {"LO", "LT", "SH", "ST", "UC", "UT"}

# Text that Clean Descriptors does not give back, since nothing in it can be cleaned: it tells one person or thing from
# others. The table does not name it, and the basic profile takes it by its VR.
IDENTIFIERS = [
    "DeviceID", "NTPSourceAddress", "BreedRegistrationNumber", "StrainStockNumber", "StrainSource", "HangingProtocolCreator",
    "HangingProtocolUserGroupName", "SubstanceAdministrationDeviceID", "ProductLotIdentifier", "ProductPackageIdentifier",
    "AuthorizationEquipmentCertificationNumber", "PrinterName", "HL7InstanceIdentifier", "LocalNamespaceEntityID",
    "UniversalEntityID", "TrackingID", "AssessmentSetID", "SelectorUCValue", "ImplantAssemblyTemplateIssuer",
    "ImplantTemplateGroupIssuer", "GridID", "BatteryLevel",
]

# What an option says of elements that the table does not name: (column, [(selector, action)], why).
OPTION_EXTRAS = {
    "clean_graphics": (
        "An overlay that stays, stays whole; its texts are cleaned.",
        [('group="60xx"', "<keep {}/>"), ('attribute="(60xx,0022)"', "<clean {}/>"),
         ('attribute="(60xx,1500)"', "<clean {}/>")]),
    "clean_descriptors": (
        "Texts that the table does not name: cleaned rather than taken away. SH is left out, which mostly numbers things.",
        [(f'vr="{vr}"', "<clean {}/>") for vr in ["LO", "LT", "ST", "UC", "UT"]]
        + [(f'attribute="{name}"', BY_TYPE) for name in IDENTIFIERS]),
    "retain_longitudinal_full_dates": (
        "Dates that the table does not name are of the same kind. Those of birth and death have statements of their own.",
        [(f'vr="{vr}"', "<keep {}/>") for vr in ["DA", "DT", "TM"]]),
    "retain_longitudinal_modified_dates": (
        "Dates that the table does not name are of the same kind. Those of birth and death have statements of their own.",
        [(f'vr="{vr}"', "<shift-date {}/>") for vr in ["DA", "DT", "TM"]]),
    "retain_uids": (
        "UIDs that the table does not name refer to those that are kept.", [('vr="UI"', "<keep {}/>")]),
}

# Table E.3.4-1. X/D asks for a dummy where the template requires the item: an item with a dummy is never missing.
CONCEPT_CODES = {"X": "<remove {}/>", "D": "<dummy {}/>", "X/D": "<dummy {}/>", "K": "<keep {}/>"}

# SNOMED identifiers of before 2018, which objects still have (PS3.16 8.1.1 and Annex O; pydicom's sr/_snomed_dict.py).
SRT = {
    "440252007": "PA-30029", "398164008": "DF-0070B", "398325003": "DF-0068E", "371524004": "R-42B89",
    "116224001": "DD-60002", "271921002": "F-00033", "363698007": "G-C0E3", "160476009": "F-02455",
    "398201009": "G-D321", "397898000": "G-D320",
}
# All three have been in use for those codes (PS3.16 8.1).
SRT_SCHEMES = ["SRT", "SNM3", "99SDM"]


def option_action(column, cell, vr):
    """What a cell of an option comes to for a VR; nothing where the basic profile says all that can be done."""
    if cell == "K":
        return CODES["K"]
    assert cell == "C", cell
    if column == "retain_longitudinal_modified_dates":
        if vr in ("DA", "DT", "TM"):
            return "<shift-date {}/>"
        # Whole days are shifted: the offset from UTC stays true, and without it intervals over zones would not.
        # Time stamps of other kinds (OB) are signed or counted by a clock, and cannot be shifted.
        return "<keep {}/>" if vr == "SH" else None
    if vr == "SQ" and column == "clean_descriptors":
        # Codes and items are cleaned in their elements.
        return CODES["K"]
    if vr == "OB" and column == "clean_descriptors":
        return None
    if vr == "CS":
        return CODES["K"]
    return CODES["C"]


def concept_lines(rows, column):
    """The `concepts` blocks of a column, by coding scheme."""
    blocks, differing = {}, {}
    for row in rows:
        key = (row["coding_scheme"], row["code_value"])
        cells = tuple(value for name, value in row.items() if name.startswith(("basic", "retain", "clean")))
        differing.setdefault(key, set()).add(cells)
    for row in rows:
        cell = row[column]
        if not cell:
            continue
        scheme, code = row["coding_scheme"], row["code_value"]
        if cell == "C":
            action = "<shift-date {}/>" if column == "retain_longitudinal_modified_dates" else "<clean {}/>"
        else:
            action = CONCEPT_CODES[cell]
        # Items of other value types than the table's are treated as these, unless the table tells types apart.
        kind = f' type="{row["value_type"]}"' if len(differing[(scheme, code)]) > 1 else ""
        # Meanings with a mark were damaged where their source broke lines.
        meaning = next(value for name, value in row.items() if name.startswith("code_meaning"))
        shown = "" if meaning.startswith("~") else f' meaning="{attribute_text(meaning)}"'
        schemes = [(scheme, code)]
        if scheme == "SCT":
            schemes += [(old, SRT[code]) for old in SRT_SCHEMES]
        if scheme.startswith("NCDR["):
            schemes.append((scheme.replace("[", " ["), code))
        for name, value in schemes:
            line = action.format(f'code="{value}"{kind}{shown}')
            lines = blocks.setdefault(name, [])
            if line not in lines:
                lines.append(line)
    body = []
    for name in sorted(blocks):
        body.append(f'    <concepts system="{name}">')
        body += [f"      {line}" for line in sorted(blocks[name])]
        body.append("    </concepts>")
    return body


def safe_private(rows):
    """Table E.3.10-1: private elements that are known to be safe, with their creator."""
    lines = []
    for row in rows:
        group, element = row["tag"].strip("()").split(",")
        # What a vendor calls text may have been typed; UIDs are instances' all the same; of a sequence the items count.
        action = {"UI": CODES["U"], "SQ": CODES["K"]}.get(row["vr"], CODES["C" if row["vr"] in TEXT_VRS else "K"])
        name = attribute_text(f'({group},{{{row["private_creator"]}}}{element[2:].upper()})')
        lines.append(statement(action, f'attribute="{name}"'))
    assert len(set(lines)) == len(lines)
    return lines


def statement(action, selector):
    return "    " + action.format(selector)


def selector(tag, keywords):
    if tag == "(50xx,xxxx)":
        return 'group="50xx"'
    if tag.startswith("(gggg"):
        return 'group="private"'
    return f'attribute="{keywords.get(tag, tag)}"'


def method(code, meanings):
    return f'    <method system="DCM" code="{code}" meaning="{attribute_text(meanings[code])}"/>'


def generate(data):
    table = Source(data, "ps3.15_e1_1_2026d.csv", "PS3.15 Table E.1-1 2026d")
    dictionary = Source(data, "ps3.6_attributes_2026b.tsv", "PS3.6 2026b")
    groups = Source(data, "ps3.16_context_groups_security_subset.csv", "PS3.16 2026a or later")
    concepts = Source(data, "ps3.15_e3_4_1_sr_concepts_2020.csv", "PS3.15 Table E.3.4-1 2020")
    private = Source(data, "ps3.15_e3_10_1_2026d.csv", "PS3.15 Table E.3.10-1 2026d")
    meanings = {row["code"]: row["meaning"] for row in groups.rows() if row["cid"] == "7050"}
    # A repeating element is written by its tag, (60xx,3000): the keyword would look like one attribute.
    elements = {row["tag"]: row for row in dictionary.rows("\t") + NEWER}
    keywords = {tag: row["keyword"] for tag, row in elements.items() if "x" not in tag and row["keyword"]}
    tags = {keyword: tag for tag, keyword in keywords.items()}
    rows = sorted(table.rows(), key=lambda row: (row["tag"].startswith("(gggg"), row["tag"]))
    listed = {row["tag"] for row in rows}

    body = [
        '  <profile id="ps3.15-basic" title="Basic Application Level Confidentiality Profile (PS3.15 E.2)" burned-in="sequester">',
        f"    <description>PS3.15 Table E.1-1 2026d, all {len(rows)} rows; for what it does not name, by VR.</description>",
        method("113100", meanings),
        "    <!-- Table E.1-1 -->",
    ]
    body.append("    <!-- (0000,1000) and (0000,1001) belong to commands and have no place in a data set: with them goes their group. -->")
    body.append(statement("<remove {}/>", 'group="0000"'))
    for row in rows:
        if row["tag"].startswith("(0000,"):
            continue
        action = CODES[row["basic_profile"]]
        if row["tag"] in PSEUDONYMS:
            action = "<pseudonym {}/>"
        body.append(statement(action, selector(row["tag"], keywords)))
    body += ["    <!-- An overlay without its data is none: all of its group goes with (60xx,3000). -->",
             statement("<remove {}/>", 'group="60xx"')]
    body += ["", "    <!-- Not in the table, and to be removed -->"]
    for why, names in REMOVED:
        body.append(f"    <!-- {why} -->")
        for name in names:
            assert tags[name] not in listed, name
            body.append(statement("<remove {}/>", f'attribute="{name}"'))
    body += ["", "    <!-- Not in the table, and kept -->"]
    for why, names in KEPT:
        body.append(f"    <!-- {why} -->")
        for name in names:
            assert tags[name] not in listed, name
            body.append(statement("<keep {}/>", f'attribute="{name}"'))
    body += ["", "    <!-- Everything else, by VR -->"]
    for vrs, action, why in DEFAULTS:
        body.append(f"    <!-- {why} -->")
        body += [statement(action, f'vr="{vr}"') for vr in vrs]
    body += ["    <!-- What has no VR that PS3.5 knows -->", statement("<remove {}/>", 'anything="true"')]
    body += ["", "    <!-- Table E.3.4-1: content items by concept, for profiles that clean structured content -->"]
    body += concept_lines(concepts.rows(), "basic_profile") + ["  </profile>"]

    options = ['  <include href="ps3.15.xml"/>',
               '  <!-- Words and phrases that stay though they may be names; lists/README.md says where they come from. -->',
               '  <list id="ps3.15-kept-words" href="lists/kept-words.csv" key="Word"/>']
    for column, identifier, code in OPTION_COLUMNS:
        options += [f'  <profile id="{identifier}" title="{attribute_text(meanings[code])} (PS3.15 E.3)" extends="ps3.15-basic"'
                    f'{OPTION_ATTRIBUTES.get(column, "")}>', method(code, meanings)]
        if column == "clean_descriptors":
            options.append('    <text><keep-words list="ps3.15-kept-words"/></text>')
        for row in rows:
            # Commands are in no data set; the row of private elements stands for Table E.3.10-1.
            if not row[column] or row["tag"].startswith(("(0000,", "(gggg")):
                continue
            vr = elements[row["tag"]]["vr"] if row["tag"] in elements else ""
            action = option_action(column, row[column], vr)
            if action:
                options.append(statement(action, selector(row["tag"], keywords)))
        if column == "retain_safe_private":
            options.append("    <!-- Table E.3.10-1 -->")
            options += safe_private(private.rows())
        if column in OPTION_EXTRAS:
            why, extras = OPTION_EXTRAS[column]
            options.append(f"    <!-- {why} -->")
            for chosen, action in extras:
                name = chosen.split('"')[1]
                assert name not in tags or tags[name] not in listed, name
                options.append(statement(action, chosen))
        if column in concepts.rows()[0]:
            lines = concept_lines(concepts.rows(), column)
            options += ["    <!-- Table E.3.4-1 -->"] + lines if lines else []
        options.append("  </profile>")

    return {
        BASIC: rules_file("profile.py", [table, dictionary, groups, concepts], "profile.ps3.15", "2026d",
                          "PS3.15 Annex E", body),
        OPTIONS: rules_file("profile.py", [table, dictionary, groups, concepts, private], "profile.ps3.15-options", "2026d",
                            "PS3.15 Annex E, options", options),
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
