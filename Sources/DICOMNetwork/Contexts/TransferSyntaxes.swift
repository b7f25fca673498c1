import DICOMCore
import DICOMDictionary

/// The transfer syntaxes that data sets travel in, from the table of PS3.6 A.
public enum TransferSyntaxes {
    public static let uncompressed = [
        TransferSyntax.explicitLittleEndian.uid, TransferSyntax.implicitLittleEndian.uid,
    ]

    /// All that were ever registered, retired ones too, in the order in which we take them where a peer lets us choose: explicit
    /// before implicit (it says the VRs of private elements), then encapsulated pixels as they are, then deflated, and big endian
    /// last, which keeps nothing that the others do not.
    public static let registered: [String] = {
        let all = RegisteredUIDs.all.filter { $0.entry.kind == "Transfer Syntax" }.map(\.uid)
            .filter { !encodingsOfOthers.contains($0) && !uncompressed.contains($0) }.sorted()
        let big = TransferSyntax.explicitBigEndian.uid
        let deflated = all.filter { TransferSyntax(uid: $0).isDeflated }
        return uncompressed + all.filter { $0 != big && !deflated.contains($0) } + deflated + [big]
    }()

    /// What identifiers travel in.
    public static let identifiers = uncompressed

    /// MIME and XML encodings: no data sets as PS3.5 has them.
    private static let encodingsOfOthers = ["1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"]
}
