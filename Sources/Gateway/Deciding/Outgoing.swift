internal import DICOMCore
internal import DICOMFile
internal import Gatekeeper
internal import Host
internal import Inputs
internal import RuleEngine
internal import Vault

/// What leaves of an instance for one audience: bytes that are on the disk, in the vault or in the spool.
struct Outgoing: Sendable, Hashable {
    /// Of the bytes.
    var digest: String
    /// In the spool; nil for the original itself.
    var file: String?
    var size: Int64
    var sop: String
    var sopClass: String
    var syntax: String
    var study: String
    var series: String

    /// Why nothing leaves. Nil when a rule said so.
    enum Refused: Error { case because(String?) }

    /// Makes what leaves. Throws `Refused`, and errors of vault and spool.
    ///
    /// - Parameter note: called with what leaves, read as DICOM.
    static func make(
        _ arrival: Arrival, _ file: DICOMFile, _ decision: Decision, _ gate: Gate, known: PreparedText, spool: Spool,
        read: (DICOMFile) throws -> Void
    ) throws -> Outgoing {
        switch gate.passage(of: file, under: decision, known: known.identifiers) {
        case .sequester(let reason): throw Refused.because(reason)
        case .pass(let data, let name, _):
            var outgoing = Outgoing(
                digest: arrival.digest, file: nil, size: arrival.size, sop: name.sopInstanceUID,
                sopClass: arrival.sopClass, syntax: arrival.syntax, study: name.studyInstanceUID,
                series: name.seriesInstanceUID)
            guard !data.isUnchanged else {
                try read(file)
                return outgoing
            }
            do {
                let written = try spool.write { copy in
                    try copy.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
                }
                outgoing.digest = written.digest.hexadecimal
                outgoing.file = written.name
                outgoing.size = Int64(written.size)
            } catch WriteError.deflate {
                throw Refused.because("the data set could not be deflated")
            } catch WriteError.system(let code) {
                throw SystemError(code: code, call: "write")
            }
            // What is sent says itself what it is: nobody is told another class, or another encoding, than stands in it.
            let copy = try DICOMFile(path: spool.path(of: outgoing.file ?? ""), scratch: spool.temporary)
            outgoing.syntax = copy.transferSyntax.uid
            outgoing.sopClass = copy.text(.sopClassUID) ?? arrival.sopClass
            outgoing.sop = copy.text(.sopInstanceUID) ?? name.sopInstanceUID
            outgoing.study = copy.text(.studyInstanceUID) ?? name.studyInstanceUID
            outgoing.series = copy.text(.seriesInstanceUID) ?? name.seriesInstanceUID
            try read(copy)
            return outgoing
        }
    }
}
