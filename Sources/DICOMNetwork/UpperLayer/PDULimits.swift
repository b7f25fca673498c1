/// What a peer may ask us to hold. All of it is for one association.
public struct PDULimits: Hashable, Sendable {
    /// Bytes of a P-DATA-TF PDU after its header; this is what we tell the peer (PS3.8 D.1). One such buffer is held.
    /// More of it would not be faster, and there may be hundreds of associations.
    public var dataPDULength = 65_536
    /// Bytes of any other PDU. 128 contexts with 64 transfer syntaxes of 64 characters come to 560 kB; nobody asks that.
    public var controlPDULength = 262_144
    /// Presentation contexts have odd identifiers of one byte (PS3.8 9.3.2.2).
    public var presentationContexts = 128
    /// Transfer syntaxes of one context. PS3.6 registers about 60.
    public var transferSyntaxes = 128
    /// User information items: two for each of the contexts, and the rest.
    public var userItems = 512
    /// Bytes of a DIMSE command set, over all its fragments. Real ones have less than 1 kB.
    public var commandLength = 65_536
    /// Bytes of a data set that is no object: identifiers, action and event information. They are held whole. A storage
    /// commitment of 10 000 instances has 1.3 MB.
    public var identifierLength = 4_194_304

    public init() {}
}
