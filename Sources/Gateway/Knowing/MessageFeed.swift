package import HealthLevelSeven
internal import Host
package import Registry

/// HL7 v2 messages become labels and links of the registry. A message is accepted when the registry has it on the disk; where it
/// cannot have it, the sender is told so and keeps it.
package struct MessageFeed: MessageReceiver {
    private let configuration: GatewayConfiguration.HL7
    private let registry: Registry
    private let person: Person
    private let indicators: IndicatorMap
    private let issuers: IssuerMap
    private let report: @Sendable (FeedReport) -> Void

    /// - Parameters:
    ///   - person: who acts, on the custody log.
    ///   - report: is told of every message; it must not wait.
    package init(
        _ configuration: GatewayConfiguration.HL7, registry: Registry, person: Person,
        report: @escaping @Sendable (FeedReport) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.registry = registry
        self.person = person
        indicators = IndicatorMap(configuration)
        issuers = IssuerMap(configuration)
        self.report = report
    }

    /// Of messages that name none.
    var characterSet: String { configuration.characterSet }

    package func take(_ message: Message, content: [UInt8], from sender: MessageSender) -> Acknowledgement {
        let kind = "\(message.type)^\(message.event)"
        func report(_ outcome: FeedReport.Outcome, _ notes: [String], _ receipt: FeedReceipt? = nil) {
            self.report(
                FeedReport(
                    feed: configuration.feed, kind: Self.isPlain(kind) ? kind : "?", outcome: outcome, notes: notes,
                    receipt: receipt, sender: sender.address))
        }
        do {
            guard configuration.messageTypes.contains(message.type) else {
                throw MessageError(.unsupportedMessageType, "MSH-9", "messages of this type are not taken")
            }
            let processing = message.header[11].text
            guard processing.isEmpty || processing == "P" else {
                throw MessageError(.unsupportedProcessing, "MSH-11", "only messages of production are taken")
            }
            let (news, warnings) = try news(of: message, content: content)
            guard !news.statements.isEmpty || !news.links.isEmpty else {
                report(.nothing, [])
                return Acknowledgement(.accept, warnings)
            }
            let receipt = try registry.learn(news, by: person, at: .now)
            report(
                receipt.isRepeated ? .repeated : .learned, warnings.map(\.description) + FeedReport.notes(receipt),
                receipt)
            return Acknowledgement(.accept, warnings)
        } catch let error as MessageError {
            report(.refused, [error.description])
            let isForeign = error.code == .unsupportedMessageType || error.code == .unsupportedProcessing
            return Acknowledgement(isForeign ? .reject : .error, [error])
        } catch let error as RegistryError {
            report(.failed, [error.description])
            let isOurs = error.code != .invalid
            return Acknowledgement(
                .error,
                [
                    MessageError(
                        isOurs ? .internalError : .dataType, isOurs ? "" : "PID-3",
                        isOurs ? "the registry cannot take it now; send it again" : "an identifier cannot be one")
                ])
        } catch {
            report(.failed, ["the registry failed in an unknown way"])
            return Acknowledgement(.error, [MessageError(.internalError, "", "not taken; send it again")])
        }
    }

    package func refused(_ error: MessageError, from sender: MessageSender) {
        report(
            FeedReport(
                feed: configuration.feed, kind: "?", outcome: .refused, notes: [error.description],
                sender: sender.address))
    }

    private static func isPlain(_ kind: String) -> Bool {
        kind.utf8.count <= 16 && kind.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    // MARK: - What a message says

    func news(of message: Message, content: [UInt8]) throws(MessageError) -> (FeedNews, warnings: [MessageError]) {
        let event = try AdministrativeEvent(message)
        guard !event.controlID.isEmpty else {
            throw MessageError(.requiredField, "MSH-10", "the message has no control ID")
        }
        var warnings: [MessageError] = []
        var statements: [FeedNews.Statement] = []
        var links: [FeedNews.Link] = []
        var known: [[PatientIdentity]] = []
        for person in event.persons {
            let patients = issuers.identities(person.identifiers)
            try Self.check(patients, "PID-3")
            known.append(patients)
            let said = indicators.statements(person.indicators, of: patients)
            warnings += said.warnings
            if !person.unreadable.isEmpty {
                let error = MessageError(
                    .dataType, person.unreadable[0], "an identifier cannot be read", severity: .warning)
                // Where another one names the person, that is enough; where none does, nobody would be protected.
                warnings.append(error)
            }
            guard !said.0.isEmpty || event.identity != .none else { continue }
            guard !patients.isEmpty else {
                throw MessageError(
                    person.unreadable.isEmpty ? .requiredField : .dataType, "PID-3",
                    "the message says something of a patient whom it does not name by a Patient ID")
            }
            statements += said.0
            guard event.identity == .merge else { continue }
            let former = issuers.identities(person.formerIdentifiers)
            try Self.check(former, "MRG-1")
            guard !former.isEmpty else {
                throw MessageError(.requiredField, "MRG-1", "a merge names who is merged by a Patient ID")
            }
            links += try Self.pairs(former, patients).map { .merge($0, $1) }
        }
        if event.identity == .link { links += try Self.pairs(known[0], known[1]).map { .link($0, $1) } }
        if event.identity == .unlink { links += try Self.pairs(known[0], known[1]).map { .unlink($0, $1) } }
        let news = FeedNews(
            feed: configuration.feed, control: event.controlID, digest: ContentDigest(of: content).hexadecimal,
            said: event.said, statements: statements, links: links)
        return (news, warnings)
    }

    private static func check(_ patients: [PatientIdentity], _ place: String) throws(MessageError) {
        guard patients.count <= 100 else {
            throw MessageError(.dataType, place, "there are more identifiers than one person has")
        }
    }

    /// Each of one with each of the other: any of them may be the one that a data set has.
    private static func pairs(
        _ some: [PatientIdentity], _ others: [PatientIdentity]
    ) throws(MessageError) -> [(PatientIdentity, PatientIdentity)] {
        guard some.count * others.count <= 400 else {
            throw MessageError(.dataType, "PID-3", "there are more identifiers than one person has")
        }
        return some.flatMap { one in others.map { (one, $0) } }.filter { $0.0 != $0.1 }
    }
}
