import DICOMCore
import DICOMFile

/// File meta information of a de-identified file: wholly new, as PS3.15 E.1.1 asks, with nothing of the old but the
/// transfer syntax. The writer adds the group length and an empty preamble.
enum NewFileMeta {
    /// UUID-derived (PS3.5 B.2), made once for this software: it names no site.
    static let implementationClassUID = "2.25.251568813809363991876762742177364878964"
    static let implementationVersionName = "CORDON_1"

    static func elements(sopClass: String, sopInstance: String, syntax: TransferSyntax) -> [NewElement] {
        [
            NewElement(tag: .fileMetaInformationVersion, vr: .OB, value: .bytes([0, 1])),
            NewElement(tag: .mediaStorageSOPClassUID, vr: .UI, text: sopClass),
            NewElement(tag: .mediaStorageSOPInstanceUID, vr: .UI, text: sopInstance),
            NewElement(tag: .transferSyntaxUID, vr: .UI, text: syntax.uid),
            NewElement(tag: .implementationClassUID, vr: .UI, text: implementationClassUID),
            NewElement(tag: .implementationVersionName, vr: .SH, text: implementationVersionName),
        ]
    }
}
