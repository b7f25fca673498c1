internal import Crypto
internal import DICOMCore
internal import DICOMEncoding
internal import DICOMFile
internal import Host
internal import Registry
internal import Vault

/// What an object that came says of itself, and whether that is what its sender said.
struct IncomingReading {
    let identity: InstanceIdentity
    /// Nil for anything but a rejection note.
    let note: RejectionNote?
    let form: Receiver.Received.Form
    /// Why it is passed on to nobody.
    let problem: String?
    let sop: String
    let sopClass: String
    let syntax: String
    /// Study Instance UID; nil where none can be read.
    let study: String?
    /// Where the object itself says all: of what its content is digested.
    private let file: DICOMFile?

    init(_ passing: PassingBytes, said: Receiver.Said?) {
        let file: DICOMFile
        do throws(ParseError) {
            file = try passing.parsed()
        } catch {
            let beginning = passing.beginning()
            let isMarked = error.code != .notDICOM || said != nil
            identity = InstanceIdentity(form: isMarked ? .damaged : .notDICOM, beginning: beginning)
            note = nil
            form = .notUnderstood
            problem = "it cannot be read as DICOM to its end: \(error)"
            sop = said?.sop ?? beginning?.text(.sopInstanceUID) ?? ""
            sopClass = said?.sopClass ?? beginning?.text(.sopClassUID) ?? ""
            syntax = said?.transferSyntax ?? ""
            study = beginning?.text(.studyInstanceUID).flatMap { $0.isEmpty ? nil : $0 }
            self.file = nil
            return
        }
        let ownClass = file.text(.sopClassUID) ?? "", ownInstance = file.text(.sopInstanceUID) ?? ""
        let isAsSaid = said.map { $0.sopClass == ownClass && $0.sop == ownInstance } ?? true
        identity = InstanceIdentity(file)
        note = isAsSaid ? RejectionNote(file) : nil
        let isNamed = !ownClass.isEmpty && !ownInstance.isEmpty
        form = isAsSaid && isNamed ? .good : .mismatched
        problem =
            !isNamed
            ? "it does not say of which class and which instance it is"
            : isAsSaid ? nil : "it is of another class or another instance than its sender said"
        sop = ownInstance.isEmpty ? said?.sop ?? "" : ownInstance
        sopClass = ownClass.isEmpty ? said?.sopClass ?? "" : ownClass
        syntax = said?.transferSyntax ?? file.transferSyntax.uid
        study = file.text(.studyInstanceUID).flatMap { $0.isEmpty ? nil : $0 }
        self.file = file
    }

    /// Of the file that the data set would have become, had it come by an association, so that one that comes by both ways is known
    /// as one. What cannot be read is what its bytes are.
    func contentDigest(fallback: String) -> String {
        guard let file else { return fallback }
        var hash = SHA256()
        hash.update(data: FileMeta.bytes(sopClass: sopClass, sopInstance: sop, transferSyntax: syntax))
        let piece = 1 << 18
        for start in stride(from: file.dataSetOffset, to: file.size, by: piece) {
            guard let bytes = try? file.storedBytes(in: start..<min(start + piece, file.size)) else { return fallback }
            hash.update(data: bytes)
        }
        return hexadecimalDigits(hash.finalize())
    }
}
