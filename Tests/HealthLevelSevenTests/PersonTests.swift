import Host
import Testing

@testable import HealthLevelSeven

@Suite struct PersonTests {
    private func event(_ text: String) throws -> AdministrativeEvent { try AdministrativeEvent(message(text)) }

    private func head(_ event: String) -> String {
        "MSH|^~\\&|HIS|H|C|P|20261129||ADT^\(event)|1|P|2.5.1\nEVN||20261129\n"
    }

    @Test func `an admission says who, and how he is to be protected`() throws {
        let event = try event(Sample.admission)
        let person = try #require(event.persons.first)
        #expect(event.persons.count == 1)
        #expect(event.identity == .none)
        #expect(event.said?.description == "2026-11-29T09:14:59.000Z")
        #expect(person.identifiers.map(\.id) == ["4711", "999", "old-2"])
        #expect(person.identifiers.map(\.namespace) == ["HOSPITAL", "CITY", nil])
        #expect(person.identifiers.map(\.place) == ["PID-3", "PID-3", "PID-2"])
        #expect(
            person.indicators == [
                Indicator(place: .protection, statement: .values([.init(code: "Y")])),
                Indicator(place: .vip, statement: .values([.init(code: "VIP")]), visit: "V-1"),
            ])
    }

    @Test func `what is about a visit says which`() throws {
        let event = try event(
            head("A08") + "PID|1||7\nPV1|1|I||||||||||||||V|||4^^^H\nPV2|" + String(repeating: "|", count: 21) + "Y\n"
                + "PV1|2|I||||||||||||||N|||\nPV1|3|I||||||||||||||N|||\"\"")
        #expect(event.persons[0].indicators.map(\.place) == [.vip, .visitProtection, .vip, .vip])
        #expect(event.persons[0].indicators.map(\.visit) == ["4^^^H", "4^^^H", nil, nil])
    }

    @Test(arguments: ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A28", "A31", "A13"])
    func `indicators are read whatever the event`(trigger: String) throws {
        let event = try event(head(trigger) + "PID|1||7^^^H\nPV1|1|I||||||||||||||V")
        #expect(event.persons[0].indicators == [Indicator(place: .vip, statement: .values([.init(code: "V")]))])
    }

    @Test func `an indicator that is absent says nothing, null says none, and what cannot be read is there`() throws {
        func statement(_ field: String) throws -> [Indicator.Statement] {
            try event(head("A08") + "PID|1||7\nPV1|1|I||||||||||||||\(field)|").persons[0].indicators.map(\.statement)
        }
        #expect(try statement("") == [])
        #expect(try statement("\"\"") == [.none])
        #expect(try statement("^^99ZVIP") == [.values([nil])])
        #expect(try statement("\\Z1\\") == [.values([nil])])
        for separators in ["~", "~~", "^", "~^"] { #expect(try statement(separators) == [.values([nil])]) }
        #expect(try statement("2^very^HL70099") == [.values([.init(code: "2", system: "HL70099")])])
        #expect(try statement("^in words") == [.values([.init(code: "in words")])])
        #expect(try statement("A~B") == [.values([.init(code: "A"), .init(code: "B")])])
    }

    @Test func `access restrictions add and take away, each by itself, wherever they stand`() throws {
        let event = try event(
            "MSH|^~\\&|HIS|H|C|P|2026||ADT^A08|1|P|2.9\nARV|1|A|LOC\nPID|1||7\nARV|2|A|ALL|VIP~EMP||20260101^20271231\n"
                + "PV1|1|I\nARV|3|D||PAT")
        let indicators = event.persons[0].indicators
        #expect(indicators.map(\.place) == [.restriction, .restriction, .reason, .reason])
        #expect(indicators.map(\.isWhole) == [false, false, false, false])
        #expect(indicators[2].statement == .values([.init(code: "VIP"), .init(code: "EMP")]))
        #expect(indicators[2].end?.end.description == "2028-01-01T00:00:00.000Z")
        #expect(indicators[3].removed == [.init(code: "PAT")])
        #expect(indicators[3].statement == .values([]))
    }

    @Test(arguments: ["A18", "A30", "A34", "A36", "A39", "A40", "A43", "A46", "A47"])
    func `a merge says who is whom`(trigger: String) throws {
        let event = try event(head(trigger) + "PID|1||new^^^H\nMRG|old^^^H||||old-4\nPV1|1|I||||||||||||||V")
        #expect(event.identity == .merge)
        #expect(event.persons[0].identifiers.map(\.id) == ["new"])
        #expect(event.persons[0].formerIdentifiers.map(\.id) == ["old"])
        #expect(event.persons[0].indicators.count == 1)
    }

    @Test func `several merges in one message are apart`() throws {
        let event = try event(head("A40") + "PID|1||a\nMRG|b\nPID|2||c\nPD1||||||||||||N\nMRG|d")
        #expect(event.persons.map { $0.formerIdentifiers.map(\.id) } == [["b"], ["d"]])
        #expect(event.persons.map(\.indicators.count) == [0, 1])
    }

    @Test func `links are about two persons`() throws {
        #expect(try event(head("A24") + "PID|1||a\nPV1|1\nPID|2||b").identity == .link)
        #expect(try event(head("A37") + "PID|1||a\nPID|2||b").identity == .unlink)
        #expect(throws: MessageError.self) { try event(head("A24") + "PID|1||a") }
        #expect(throws: MessageError.self) { try event(head("A08") + "PV1|1") }
    }

    @Test func `an identifier that cannot be read is told of`() throws {
        let event = try event(head("A08") + "PID|1||4\\Zx\\7^^^H~8^^^H")
        #expect(event.persons[0].identifiers.map(\.id) == ["8"])
        #expect(event.persons[0].unreadable == ["PID-3"])
    }
}
