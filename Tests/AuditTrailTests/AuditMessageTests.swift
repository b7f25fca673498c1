import AuditTrail
import CustodyLog
import Foundation
import Host
import TestSupport
import Testing

@Suite struct AuditMessageTests {
    static let source = AuditSource(id: "cordon.hospital.example", enterpriseSite: "hospital")
    static let time = Instant(milliseconds: 1_795_487_501_250)

    /// One of every kind that there is.
    static let direct: [AuditMessage] = {
        let study = AuditMessage.Study(
            uid: "1.2.3",
            instances: [.init(uid: "1.2.840.10008.5.1.4.1.1.2", count: 3, instances: ["1.2.3.4", "1.2.3.5"])],
            patientID: "4711^^^HOSPITAL", patientName: "Roe^Jane")
        var sender = AuditMessage.Participant("CT1", isRequestor: true)
        sender.address = .ip("192.0.2.7")
        sender.alternativeUserID = "AETITLE=CT1"
        var receiver = AuditMessage.Participant("CORDON", isRequestor: false)
        receiver.address = .name("cordon.hospital.example")
        let person = AuditMessage.Participant("ada", isRequestor: true)
        return [
            .application("cordon", started: true, by: "root", at: time),
            .application("cordon", started: false, by: "root", at: time),
            .auditLogUsed("urn:cordon:log", by: "ada", at: time),
            .beginTransferring([study], from: sender, to: receiver, at: time),
            .instancesTransferred([study], from: sender, to: receiver, action: .create, at: time),
            .instancesAccessed([study], by: person, at: time),
            .query(
                [0, 1, 2, 255], sopClassUID: "1.2.840.10008.5.1.4.1.2.2.1", from: sender, to: receiver, withheld: 2,
                at: time),
            .emergencyOverride(
                started: true, of: [study], reason: "unconscious, <emergency> & alone", by: person, at: time),
            .emergencyOverride(started: false, of: [study], reason: "over", by: person, at: time),
        ]
    }()

    static func event(_ kind: CustodyEvent.Kind, _ number: Int = 0) -> LoggedEvent {
        LoggedEvent(
            CustodyEvent(
                kind, time: time, actor: "ada", facts: [.init("source", "CT1"), .init("label", "vip")],
                personal: [
                    .init("PatientID", "4711"), .init("IssuerOfPatientID", "HOSPITAL"),
                    .init("PatientName", "Roe^Jane"),
                    .init("StudyInstanceUID", "1.2.3"), .init("SOPInstanceUID", "1.2.3.\(number)"),
                    .init("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), .init("AccessionNumber", "A1"),
                ]), index: number)
    }

    private func bytes(_ message: AuditMessage) -> [UInt8] { Array(message.xml(source: Self.source).utf8) }

    @Test func `every kind of message is valid by the schema, ours and the standard's own`() throws {
        var schemas = [try Schema(path: Schema.transcribed)]
        if let standard = try Schema(standard: Fixtures.shared) {
            schemas.append(standard)
        } else {
            print("skipped: the standard's own schema is not here")
        }
        let events = CustodyEvent.Kind.allCases.flatMap { kind in
            [
                Self.event(kind), LoggedEvent(CustodyEvent(kind, time: Self.time, actor: "ada")),
                LoggedEvent(
                    CustodyEvent(kind, time: Self.time, actor: "", personal: [.init("query", "PatientName=Roe*")]),
                    index: 3),
                LoggedEvent(
                    CustodyEvent(kind, time: Self.time, actor: "ada", personal: [.init("SOPInstanceUID", "1.2")]),
                    index: 4),
            ]
        }
        let messages = Self.direct + events.flatMap { AuditMessage.messages(for: [$0]) }
        #expect(messages.count > 70)
        for message in messages {
            for schema in schemas { #expect(schema.problem(bytes(message)) == nil) }
        }
    }

    @Test func `both schemas refuse what is wrong`() throws {
        var schemas = [try Schema(path: Schema.transcribed)]
        if let standard = try Schema(standard: Fixtures.shared) { schemas.append(standard) }
        let good = AuditMessage.messages(for: [Self.event(.received)])[0].xml(source: Self.source)
        let wrong = [
            ("EventOutcomeIndicator=\"0\"", "EventOutcomeIndicator=\"1\""),
            ("EventActionCode=\"C\"", "EventActionCode=\"X\""),
            ("2026-11-24T", "24.11.2026T"), ("UserIsRequestor=\"true\"", "UserIsRequestor=\"perhaps\""),
            ("<ActiveParticipant ", "<Participant "), (" AuditSourceID=\"cordon.hospital.example\"", ""),
            ("NumberOfInstances=\"1\"", "NumberOfInstances=\"one\""), (" originalText=\"Import\"", ""),
            ("ParticipantObjectDataLifeCycle=\"2\"", "ParticipantObjectDataLifeCycle=\"16\""),
        ]
        for schema in schemas {
            #expect(schema.problem(Array(good.utf8)) == nil)
            for (old, new) in wrong {
                let bad = good.replacing(old, with: new)
                #expect(bad != good)
                #expect(schema.problem(Array(bad.utf8)) != nil)
            }
        }
    }

    @Test func `whatever characters names have, a message is well-formed, on one line, and says them`() throws {
        let schema = try Schema(path: Schema.transcribed)
        var generator = SeededGenerator(seed: 3)
        let characters: [Character] = [
            "<", ">", "&", "\"", "'", "\n", "\r", "\t", "\u{0}", "\u{1B}", "\u{7F}", "\u{85}", "\u{2028}", "é", "山",
            "😀", "]", "-", " ", "a",
        ]
        for _ in 0..<500 {
            let name = String((0...generator.below(12)).map { _ in generator.pick(characters) })
            var event = Self.event(.viewed)
            event.event.actor = name
            event.event.personal[2].value = name
            event.event.personal[0].value = name
            let message = AuditMessage.messages(for: [event])[0]
            let text = message.xml(source: AuditSource(id: name, enterpriseSite: name))
            #expect(schema.problem(Array(text.utf8)) == nil)
            #expect(!text.utf8.contains { $0 < 0x20 })
        }
        var event = Self.event(.viewed)
        event.event.actor = "a\n<b> & \"c\" 'd'"
        let text = AuditMessage.messages(for: [event])[0].xml(source: Self.source)
        #expect(text.contains("UserID=\"a&#10;&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;\""))
    }

    @Test func `events of one study by one person are one message, in order and up to two hundred`() throws {
        var events = (0..<450).map { Self.event(.received, $0) }
        events.insert(LoggedEvent(CustodyEvent(.decided, time: Self.time, actor: "ada"), index: 1000), at: 210)
        events += [Self.event(.held, 500), Self.event(.viewed, 501)]
        let messages = AuditMessage.messages(for: events)
        #expect(messages.map(\.event.code) == ["110107", "110107", "110107", "110107", "110113", "110103"])
        let counts = messages.map { $0.objects.first?.instances.first?.count ?? 0 }
        #expect(counts == [200, 10, 200, 40, 1, 1])
        let named = messages.prefix(4).flatMap { $0.objects[0].instances[0].instances }
        #expect(named == (0..<450).map { "1.2.3.\($0)" })
        for message in messages { #expect(bytes(message).count < 32_000) }
        let entry = try #require(messages[0].objects.last)
        #expect(entry.id == "urn:cordon:log:0")
        #expect(entry.details.map { String(decoding: $0.value, as: UTF8.self) } == ["received", "199"])
        // Another patient, another source, another person: another message.
        for change in ["PatientID", "source", "StudyInstanceUID"] {
            var other = Self.event(.received, 1)
            for place in other.event.personal.indices where other.event.personal[place].name == change {
                other.event.personal[place].value = "other"
            }
            for place in other.event.facts.indices where other.event.facts[place].name == change {
                other.event.facts[place].value = "other"
            }
            #expect(AuditMessage.messages(for: [Self.event(.received), other]).count == 2)
        }
    }

    @Test func `each kind of event has the code, the type and the action of the standard`() throws {
        func line(_ kind: CustodyEvent.Kind) -> String? {
            AuditMessage.messages(for: [Self.event(kind)]).first.map {
                ([$0.event.code] + $0.types.map(\.code) + [$0.action.rawValue, $0.outcome.rawValue]).joined(
                    separator: " ")
            }
        }
        #expect(line(.received) == "110107 C 0")
        #expect(line(.viewed) == "110103 R 0")
        #expect(line(.queried) == "110112 E 0")
        #expect(line(.exported) == "110106 R 0")
        #expect(line(.produced) == "110106 R 0")
        #expect(line(.deleted) == "110105 D 0")
        for kind in [CustodyEvent.Kind.held, .released, .labelled, .labelWithdrawn, .retained, .retentionChanged] {
            #expect(line(kind) == "110113 110135 E 0")
        }
        #expect(line(.ruleSetActivated) == "110113 110129 E 0")
        #expect(line(.keyRotated) == "110113 110129 E 0")
        #expect(line(.forbidden) == "110113 110132 E 4")
        #expect(line(.decided) == nil)
        #expect(
            Self.direct.map(\.event.code) == [
                "110100", "110100", "110101", "110102", "110104", "110103", "110112", "110113", "110113",
            ])
        #expect(Self.direct.suffix(2).map { $0.types.map(\.code) } == [["110127"], ["110138"]])
    }

    @Test func `what was refused says why, where the log does`() {
        func described(_ event: CustodyEvent) -> [String?] {
            AuditMessage.messages(for: [LoggedEvent(event, index: 0)]).map(\.outcomeDescription)
        }
        for kind in [CustodyEvent.Kind.forbidden, .accessRefused, .loginRefused] {
            let event = CustodyEvent(kind, time: Self.time, actor: "ada", facts: [.init("why", "not on call")])
            #expect(described(event) == ["not on call"], "\(kind)")
        }
        // Of a second signature by the first person, too, for which there is neither hold nor retention.
        let forbidden = CustodyEvent(.forbidden, time: Self.time, actor: "ada", facts: [.init("act", "release")])
        #expect(described(forbidden) == ["a hold or a retention forbids it, or it is for somebody else to do"])
    }

    @Test func `nobody learns from a message which label a study has`() {
        for kind in CustodyEvent.Kind.allCases {
            for message in AuditMessage.messages(for: [Self.event(kind)]) {
                let text = message.xml(source: Self.source)
                #expect(!text.contains("vip"))
                #expect(!text.contains(Data("vip".utf8).base64EncodedString()))
            }
        }
    }
}
