internal import Access
internal import DICOMCore
internal import DICOMFile
internal import DICOMNetwork

/// What a C-FIND, C-MOVE or C-GET asks for (PS3.4 C.4).
struct Question {
    var level: QueryLevel
    /// Without the level.
    var keys: Identifier

    static let queryLevel = Tag(0x0008, 0x0052)
    static let retrieveTitle = Tag(0x0008, 0x0054)

    /// - Throws: `AccessError` with code `invalid` for what is against the information model.
    init(_ sopClass: String, _ identifier: EncodedDataSet) throws(AccessError) {
        let encoding = TransferSyntax(uid: identifier.transferSyntax).encoding
        var keys = try Identifier(bytes: identifier.bytes, encoding: encoding)
        guard let text = keys.text(Self.queryLevel), let level = QueryLevel(rawValue: text) else {
            throw AccessError(.invalid, "Query/Retrieve Level (0008,0052) is missing or none of the standard's")
        }
        let isStudyRoot = [
            ServiceClasses.studyRootFind, ServiceClasses.studyRootMove, ServiceClasses.studyRootGet,
        ].contains(sopClass)
        guard !isStudyRoot || level != .patient else {
            throw AccessError(.invalid, "there is no PATIENT level in the Study Root")
        }
        keys[Self.queryLevel] = nil
        self.level = level
        self.keys = keys
        // PS3.4 C.4.1.2.1: a single UID for each level above. Relational queries are not offered.
        if level == .series || level == .instance, keys.text(.studyInstanceUID) == nil {
            throw AccessError(.invalid, "below the study level one Study Instance UID (0020,000D) is needed")
        }
        if level == .instance, keys.text(.seriesInstanceUID) == nil {
            throw AccessError(.invalid, "at the image level one Series Instance UID (0020,000E) is needed")
        }
    }

    /// As a C-MOVE or C-GET: unique keys alone count (PS3.4 C.4.2.2.1), and a Patient ID where there is one.
    ///
    /// - Throws: `AccessError` with code `invalid` for a Patient ID that is none.
    func retrieval() throws(AccessError) -> Retrieval {
        guard keys.text(.patientID) != nil || !keys.hasValue(.patientID) else {
            throw AccessError(.invalid, "Patient ID (0010,0020) is not one that can be read")
        }
        func values(_ tag: Tag) -> [String] { keys.values(tag).filter { !$0.isEmpty } }
        return Retrieval(
            level: level, patientID: keys.text(.patientID), studies: values(.studyInstanceUID),
            series: values(.seriesInstanceUID), instances: values(.sopInstanceUID))
    }
}
