public import Host

/// An answer to a message (2.9): accepted, in error, or rejected, and why.
public struct Acknowledgement: Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        /// Done, and durable.
        case accept = "AA"
        /// Not done, though the message is what is expected: try again, or look at it.
        case error = "AE"
        /// Not done: it is no message for us. Sending it again does not help.
        case reject = "AR"
    }

    public var code: Code
    /// One ERR segment each (2.14.5). Warnings stand beside `accept`.
    public var errors: [MessageError]

    public init(_ code: Code, _ errors: [MessageError] = []) {
        self.code = code
        self.errors = errors
    }

    /// As a message.
    ///
    /// - Parameters:
    ///   - message: what it answers; nil for what could not be read, and then MSA-2 is empty.
    ///   - controlID: MSH-10 of the answer.
    ///   - isCommit: in enhanced mode (2.9.3): CA, CE, CR.
    public func message(answering message: Message?, controlID: String, at time: Instant, isCommit: Bool = false)
        -> Message
    {
        var writer = MessageWriter(delimiters: message?.delimiters ?? .usual)
        let header = message?.header
        // Without control characters: a line feed may begin another segment there, and the separator of blocks may end this one.
        func copied(_ number: Int) -> String {
            let text = header?[number].raw ?? ""
            return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 }))
        }
        let event = message?.event ?? ""
        var fields: [Int: String] = [
            // Who was asked answers whoever asked.
            3: copied(5), 4: copied(6), 5: copied(3), 6: copied(4), 7: writer.text(HL7Time.text(time)),
            9: event.isEmpty ? "ACK" : writer.components(["ACK", event, "ACK"]), 10: writer.text(controlID),
            11: copied(11).isEmpty ? "P" : copied(11), 12: copied(12).isEmpty ? writer.text("2.5.1") : copied(12),
        ]
        let isPlain = fields.values.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
        // Whoever made one of its signs a delimiter cannot be told; what names no set is UTF-8 for most.
        let name = "UNICODE UTF-8"
        if !isPlain, writer.text(name) == name { fields[18] = name }
        writer.add("MSH", fields)
        let word = isCommit ? "C" + code.rawValue.dropFirst() : code.rawValue
        let summary = errors.first.map { String($0.description.prefix(79)) } ?? ""
        writer.add("MSA", [1: word, 2: copied(10), 3: writer.text(summary)])
        for error in errors.prefix(20) {
            writer.add(
                "ERR",
                [
                    2: Self.location(error.place, writer),
                    3: writer.components(["\(error.code.rawValue)", error.code.name, "HL70357"]),
                    4: error.severity.rawValue, 8: writer.text(error.description),
                ])
        }
        return writer.message
    }

    /// ERL: segment, its number, field.
    private static func location(_ place: String, _ writer: MessageWriter) -> String {
        let parts = place.split(separator: "-").map(String.init)
        guard let segment = parts.first else { return "" }
        return writer.components(parts.count > 1 ? [segment, "1", parts[1]] : [segment, "1"])
    }
}

extension Acknowledgement {
    /// What stands in an answer; nil when it is none. For whoever sends.
    public init?(_ answer: Message) {
        guard let segment = answer.segments.first(where: { $0.name == "MSA" }),
            let code = Code(rawValue: "A" + segment[1].text.dropFirst()), segment[1].text.utf8.count == 2
        else { return nil }
        let errors = answer.segments.filter { $0.name == "ERR" }.map { error in
            let place = error[2].repetitions.first
            return MessageError(
                Int(error[3].text).flatMap(MessageError.Code.init) ?? .internalError,
                [place?[1], place?[3]].compactMap { $0 }.joined(separator: "-"), error[8].text,
                severity: MessageError.Severity(rawValue: error[4].text) ?? .error)
        }
        self.init(code, errors)
    }

    /// MSA-2: which message it answers.
    public static func answered(by answer: Message) -> String {
        answer.segments.first { $0.name == "MSA" }?[2].text ?? ""
    }
}

extension Message {
    /// Whether the sender wants an answer of this code, and of which kind (2.9.2, 2.9.3; table 0155). In original mode, always.
    public func wantsAnswer(_ code: Acknowledgement.Code) -> (wanted: Bool, isCommit: Bool) {
        func isMeant(_ condition: String) -> Bool {
            switch condition {
            case "NE": false
            case "ER": code != .accept
            case "SU": code == .accept
            default: true
            }
        }
        let commit = header[15].text, application = header[16].text
        if commit.isEmpty, application.isEmpty { return (true, false) }
        // One answer tells both, since it is given when all is done: the one of the two that is asked for.
        if !commit.isEmpty, commit != "NE" { return (isMeant(commit), true) }
        return (!application.isEmpty && isMeant(application), false)
    }
}
