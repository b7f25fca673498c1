public import Host

/// What a message tells of persons: an ADT message (HL7 v2 chapter 3), or another that has PID and PV1 in it.
public struct AdministrativeEvent: Hashable, Sendable {
    /// What becomes of identities.
    public enum Identity: Hashable, Sendable {
        /// Nothing.
        case none
        /// MRG's are the same person as PID's, for good: merges, changes and moves of identifiers.
        case merge
        /// The persons of two PID segments are one (A24).
        case link
        /// They are not (A37).
        case unlink
    }

    /// MSH-9.1.
    public var type: String
    /// MSH-9.2: `A08`.
    public var trigger: String
    public var controlID: String
    public var sender: String
    /// When it was said: EVN-2, else MSH-7; nil when neither is a time.
    public var said: Instant?
    public var identity: Identity
    /// In the order of the PID segments.
    public var persons: [PersonNews]

    /// Triggers that say that an identifier of MRG is now one of PID. Old ones are deprecated, and sent. Those that are about an
    /// account or a visit alone (A35, A41, A42, A44, A45, A49 to A51) name the person by PID and MRG too, who may be two
    /// persons: they are no merges.
    public static let mergeTriggers: Set<String> = ["A18", "A30", "A34", "A36", "A39", "A40", "A43", "A46", "A47"]

    /// - Throws: `MessageError` for a message that is about nobody.
    public init(_ message: Message) throws(MessageError) {
        type = message.type
        trigger = message.event
        controlID = message.controlID
        let sender = message.sender
        self.sender = [sender.application, sender.facility].filter { !$0.isEmpty }.joined(separator: "/")
        let recorded = message.segments.first { $0.name == "EVN" }?[2].text ?? ""
        said = (HL7Time(recorded) ?? HL7Time(message.header[7].text))?.instant
        identity =
            switch (type, trigger) {
            case ("ADT", "A24"): .link
            case ("ADT", "A37"): .unlink
            case ("ADT", _) where Self.mergeTriggers.contains(trigger): .merge
            default: .none
            }
        let starts = message.segments.indices.filter { message.segments[$0].name == "PID" }
        guard !starts.isEmpty else {
            throw MessageError(.requiredField, "PID", "the message has no PID segment, so it is about nobody")
        }
        // Since 2.9 ARV may stand right after MSH: it is about all that follows.
        let first = starts[0]
        let general = message.segments[..<first].filter { $0.name == "ARV" }.flatMap(PersonNews.restrictions)
        persons = starts.indices.map { index in
            let end = index + 1 < starts.count ? starts[index + 1] : message.segments.count
            return PersonNews(message.segments[starts[index]..<end], header: general)
        }
        guard identity == .link || identity == .unlink else { return }
        guard persons.count == 2 else {
            throw MessageError(.segmentSequence, "PID", "\(trigger) is about two persons; there are \(persons.count)")
        }
    }
}
