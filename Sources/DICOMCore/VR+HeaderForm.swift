extension VR {
    /// How wide the length is in explicit VR (PS3.5 7.1.2).
    @frozen
    public enum HeaderForm: Hashable, Sendable {
        /// A 16-bit length.
        case short
        /// Two reserved bytes and a 32-bit length.
        case long
        /// PS3.5 does not know the VR: nobody can say.
        case unknown
    }

    @inlinable public var headerForm: HeaderForm {
        switch self {
        case .AE, .AS, .AT, .CS, .DA, .DS, .DT, .FD, .FL, .IS, .LO, .LT, .PN, .SH, .SL, .SS, .ST, .TM, .UI, .UL, .US:
            .short
        case .OB, .OD, .OF, .OL, .OV, .OW, .SQ, .SV, .UC, .UN, .UR, .UT, .UV: .long
        default: .unknown
        }
    }
}
