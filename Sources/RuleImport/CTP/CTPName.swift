import DICOMCore
import DICOMDictionary

/// Names of elements as CTP knows them: those of dcm4che 1.4, which are PS3.6's of its time, shortened by rules.
enum CTPName {
    struct Found {
        var tag: Tag
        /// False for a keyword of today that CTP spells otherwise, and reads as an empty text.
        var isKnownToCTP = true
    }

    static func find(_ name: String) -> Found? {
        if let tag = others[name] { return Found(tag: Tag(rawValue: tag)) }
        guard name.utf8.count <= 100 else { return nil }
        if let entry = StandardDictionary.entry(forKeyword: name) {
            return Found(tag: entry.tag, isKnownToCTP: shortened(name) == name && !spelledOtherwise.contains(name))
        }
        for candidate in spellings(of: name) {
            if let entry = StandardDictionary.entry(forKeyword: candidate) { return Found(tag: entry.tag) }
        }
        return nil
    }

    /// Keywords of today that CTP knows in another number or by another word.
    private static let spelledOtherwise: Set<String> = [
        "SoftwareVersions", "OperatorsName", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "EchoNumbers",
        "FocalSpots", "PatientTelephoneNumbers", "ReferringPhysicianTelephoneNumbers", "AcquisitionDateTime",
        "DeidentificationMethod", "ImagePositionPatient", "ImageOrientationPatient", "GantryID",
        "AdmittingDiagnosesDescription", "StationAETitle", "RetrieveAETitle", "ContentCreatorName",
        "CommentsOnThePerformedProcedureStep", "CommentsOnTheScheduledProcedureStep", "Allergies", "InterventionStatus",
    ]

    // MARK: - Spelling

    /// How CTP shortens a keyword of today.
    static func shortened(_ keyword: String) -> String {
        var name = keyword
        // What was on trial kept its words.
        guard !name.hasSuffix("SequenceTrial") else { return name }
        if name.hasPrefix("Referenced") { name = "Ref" + name.dropFirst("Referenced".count) }
        if name.hasSuffix("Sequence") { name = name.dropLast("Sequence".count) + "Seq" }
        return name
    }

    /// What a name may be today: what has more of its words written out first, singular before plural, and with `Retired`
    /// before without.
    private static func spellings(of name: String) -> [String] {
        let retired = "Retired"
        var stems = [name]
        if name.hasSuffix(retired) { stems.append(String(name.dropLast(retired.count))) }
        let written = stems.flatMap { stem in
            var spellings = [stem]
            for (short, long) in words {
                for spelling in spellings where spellings.count < 64 {
                    guard let other = replacing(short, by: long, in: spelling), !spellings.contains(other) else {
                        continue
                    }
                    spellings.append(other)
                }
            }
            for spelling in spellings where spelling.hasSuffix("Seq") { spellings.append(spelling + "uence") }
            for spelling in spellings where spelling.hasSuffix("SeqRetired") {
                spellings.append(spelling.dropLast(10) + "SequenceRetired")
            }
            return Array(spellings.reversed())
        }
        return written + written.filter { !$0.hasSuffix("s") }.map { $0 + "s" }
    }

    /// Words as CTP writes them, and as PS3.6 does.
    private static let words: [(String, String)] = [
        ("Ref", "Referenced"), ("GPPPS", "GeneralPurposePerformedProcedureStep"),
        ("GPSPS", "GeneralPurposeScheduledProcedureStep"), ("PPS", "PerformedProcedureStep"),
        ("SPS", "ScheduledProcedureStep"), ("UPS", "ProcedureStep"), ("AET", "AETitle"),
        ("AET", "ApplicationEntityTitle"), ("LUT", "LookupTable"), ("Datetime", "DateTime"),
        ("DateAndTime", "DateTime"), ("DeIdentification", "Deidentification"), ("DeCoupl", "Decoupl"),
        ("Phone", "Telephone"), ("OperatorName", "OperatorsName"), ("PhysicianOfRecord", "PhysiciansOfRecord"),
        ("PhysicianReading", "PhysiciansReading"), ("AdmittingDiagnosis", "AdmittingDiagnoses"),
        ("OrderNumber", "OrderNumberImagingServiceRequest"), ("Physician", "Physicians"),
        ("PatientIDSeq", "PatientIDsSeq"), ("MAs", "mAs"), ("InMs", "Inms"), ("InMA", "InmA"),
    ]

    /// The first place where the word stands as one: what follows begins another.
    private static func replacing(_ word: String, by other: String, in name: String) -> String? {
        var start = name.startIndex
        while start < name.endIndex {
            let rest = name[start...]
            if rest.hasPrefix(word) {
                let end = name.index(start, offsetBy: word.count)
                let isWord =
                    end == name.endIndex || !name[end].isLowercase || word.last?.isLowercase == true && word.count > 4
                if isWord, !rest.hasPrefix(other) { return name[..<start] + other + name[end...] }
            }
            start = name.index(after: start)
        }
        return nil
    }

    // MARK: - By hand

    /// Names that the rules above would take for another element: keywords of today that mean something else there, and
    /// elements that scripts name and PS3.6 calls otherwise.
    private static let others: [String: UInt32] = [
        "ImagePosition": 0x0020_0032, "ImageOrientation": 0x0020_0037, "ImagePositionRetired": 0x0020_0030,
        "ImageOrientationRetired": 0x0020_0035, "DataSetType": 0x0000_0800, "DataSetTypeRetired": 0x0008_0040,
        "ColumnPositionInTotalImagePixelMatrix": 0x0048_021F, "RowPositionInTotalImagePixelMatrix": 0x0048_021E,
        "DopplerSampleVolumeXPosition": 0x0018_6038, "DopplerSampleVolumeYPosition": 0x0018_603A,
        "DopplerSampleVolumeXPosition2015": 0x0018_6039, "DopplerSampleVolumeYPosition2015": 0x0018_603B,
        "TMLinePositionX0": 0x0018_603C, "TMLinePositionY0": 0x0018_603E, "TMLinePositionX1": 0x0018_6040,
        "TMLinePositionY1": 0x0018_6042, "TMLinePositionX02015": 0x0018_603D, "TMLinePositionY02015": 0x0018_603F,
        "TMLinePositionX12015": 0x0018_6041, "TMLinePositionY12015": 0x0018_6043, "GroupLength": 0x0000_0000,
        "RowsForNthOrderCoefficients": 0x0028_0400, "ColumnsForNthOrderCoefficients": 0x0028_0401,
        "CoefficientCoding": 0x0028_0402, "CoefficientCodingPointers": 0x0028_0403,
        "SPSComments": 0x0040_0400, "PPSComments": 0x0040_0280, "ContrastAllergies": 0x0010_2110,
        "ConfidentialityPatientData": 0x0040_3001, "CoordinatingCenterName": 0x0012_0060,
        "CodingSchemeExternal": 0x0008_0114, "PresentationCreatorName": 0x0070_0084,
        "InterventionalTherapySeq": 0x0018_0036, "InterventionalStatus": 0x0018_0038,
        "AnatomicStructureSpaceRegionSeq": 0x0008_2229, "EcryptedAttributesSeq": 0x0400_0500,
        "RefPrintJobSeq": 0x2100_0500, "RefPrintJobSeqInQueue": 0x2120_0070, "AbstractValue": 0x0072_003C,
        "ArbitraryCommentsRetired": 0x4000_4000, "PixelCommentsRetired": 0x0028_4000,
        "SeriesCommentsRetired": 0x0018_4000, "AnnotationSeq": 0x0040_B020, "OverlayModeRetired": 0x2040_0090,
        "MagnificationTypeRetired": 0x0000_5180, "RefOverlaySeqCurve": 0x5000_2600, "RefOverlayGroup": 0x5000_2610,
        "TreatmentIntent": 0x300A_000A, "FramingType": 0x0018_1064, "TriggerDelayTime": 0x0020_9153,
        "SourceImageIDRetired": 0x0020_3100, "GantyID": 0x0018_1008, "ExposureInMAs": 0x0018_9332,
        "ParticipantType": 0x0040_A080, "ParticipantDateTime": 0x0040_A082, "ImagePositionOnFilm": 0x2020_0010,
    ]
}
