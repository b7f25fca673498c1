"""The Basic Application Level Confidentiality Profile of PS3.15 Table E.1-1, every row, and its options that keep things.

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
    # A sequence that must be there stays, and the profile treats its items: their UIDs are replaced.
    "X/Z/U*": '<by-type {} type1="keep" type2="empty" type3="remove"/>',
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

# (column, id, CID 7050 code): options whose cells say K, or C where something has to be taken out.
RETAINED = [
    ("retain_uids", "ps3.15-retain-uids", "113110"),
    ("retain_device_identity", "ps3.15-retain-device-identity", "113109"),
    ("retain_institution_identity", "ps3.15-retain-institution-identity", "113112"),
    ("retain_patient_characteristics", "ps3.15-retain-patient-characteristics", "113108"),
    ("retain_longitudinal_full_dates", "ps3.15-retain-full-dates", "113106"),
]


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
    body += ["    <!-- What has no VR that PS3.5 knows -->", statement("<remove {}/>", 'anything="true"'), "  </profile>"]

    options = ['  <include href="ps3.15.xml"/>']
    for column, identifier, code in RETAINED:
        options += [f'  <profile id="{identifier}" title="{attribute_text(meanings[code])} (PS3.15 E.3)" extends="ps3.15-basic">',
                    method(code, meanings)]
        options += [statement(CODES[row[column]], selector(row["tag"], keywords)) for row in rows if row[column] and not row["tag"].startswith("(0000,")]
        options.append("  </profile>")

    return {
        BASIC: rules_file("profile.py", [table, dictionary, groups], "profile.ps3.15", "2026d", "PS3.15 Annex E", body),
        OPTIONS: rules_file("profile.py", [table, dictionary, groups], "profile.ps3.15-options", "2026d",
                            "PS3.15 Annex E, options that keep what the basic profile takes", options),
    }


if __name__ == "__main__":
    options = arguments(__doc__)
    for path, text in generate(options.data).items():
        write(options.output, path, text)
