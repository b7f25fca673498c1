import Host
import TestSupport
import Testing

@testable import Registry

/// Queries match as a C-FIND does (PS3.4 C.2.2.2).
@Suite struct QueryTests {
    private func agreement(_ attribute: InstanceAttribute, _ query: String, _ value: String?) -> Agreement {
        var attributes: [InstanceAttribute: String] = [:]
        attributes[attribute] = value
        let instance = Instance(digest: "", size: 0, attributes: attributes, received: Scene.start, source: "")
        return InstanceQuery(terms: [.init(attribute: attribute, value: query)]).agreement(with: instance)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var attribute: InstanceAttribute, query: String, value: String?, expected: Agreement
        init(_ attribute: InstanceAttribute, _ query: String, _ value: String?, _ expected: Agreement) {
            (self.attribute, self.query, self.value, self.expected) = (attribute, query, value, expected)
        }
        var testDescription: String { "\(attribute.rawValue) \(query) \(value ?? "absent")" }
    }

    static let cases: [Case] = [
        // C.2.2.2.1 single values; text without case, padding does not count.
        .init(.modality, "CT", "CT", .yes), .init(.modality, "ct", "CT ", .yes), .init(.modality, "CT", "CTX", .no),
        .init(.modality, "CT", nil, .no), .init(.modality, "CT", "", .no), .init(.modality, "CT", "MR\\CT", .yes),
        .init(.patientID, " 12 ", "12\0", .yes), .init(.patientID, "\u{e9}", "e\u{301}", .yes),
        .init(.accessionNumber, "A-1", "A-1", .yes),
        // Names: the whole or one group, delimiters at the end apart.
        .init(.patientName, "roe^jane", "Roe^Jane^^", .yes), .init(.patientName, "Roe", "Roe^Jane", .no),
        .init(.patientName, "山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", .yes),
        .init(.patientName, "yamada^*", "Yamada^Tarou=山田^太郎", .yes),
        // C.2.2.2.2 lists of UIDs; a UID has no wild cards.
        .init(.studyInstanceUID, "1.2\\1.3", "1.3", .yes), .init(.studyInstanceUID, "1.2\\1.3", "1.4", .no),
        .init(.studyInstanceUID, "1.2", "1.20", .no), .init(.sopClassUID, "1.2", "1.2\0", .yes),
        // C.2.2.2.3 universal.
        .init(.modality, "", nil, .yes), .init(.modality, "*", nil, .yes), .init(.patientName, "**", "x", .yes),
        .init(.studyInstanceUID, "", "1.2", .yes),
        // C.2.2.2.4 wild cards.
        .init(.patientName, "Roe*", "ROE^Jane", .yes), .init(.patientName, "*Jane", "Roe^Jane", .yes),
        .init(.patientName, "R?e^*", "Roe^Jane", .yes), .init(.modality, "C?", "C", .no),
        .init(.modality, "?", "é", .yes), .init(.studyDescription, "*knee*", "Left Knee MR", .yes),
        .init(.studyDescription, "a*b*c", "a-b-b-c", .yes), .init(.studyDescription, "a*b*c", "a-b-b", .no),
        // C.2.2.2.5 ranges of dates, both ends among them.
        .init(.studyDate, "20260101", "20260101", .yes), .init(.studyDate, "20260101", "2026.01.01", .yes),
        .init(.studyDate, "20260101-20260131", "20260131", .yes),
        .init(.studyDate, "20260101-20260131", "20260201", .no),
        .init(.studyDate, "-20260131", "19700101", .yes), .init(.studyDate, "20260101-", "20251231", .no),
        .init(.studyDate, "20260101-", nil, .no), .init(.patientBirthDate, "19600101-19691231", "19650229", .unknown),
        // What is there and is no date may be any.
        .init(.studyDate, "20260101-", "yesterday", .unknown),
    ]

    @Test(arguments: cases)
    func `a term matches as the standard says`(_ one: Case) {
        #expect(agreement(one.attribute, one.query, one.value) == one.expected)
    }

    /// Wild cards by their definition: the first character of the pattern, then the rest.
    private func isMatch(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return (0...text.count).contains { isMatch(text.dropFirst($0), pattern.dropFirst()) }
        }
        guard let character = text.first, first == "?" || first == character else { return false }
        return isMatch(text.dropFirst(), pattern.dropFirst())
    }

    @Test func `wild cards are what their definition says, for all short patterns and texts`() {
        func words(_ alphabet: [Character], _ length: Int) -> [[Character]] {
            (0..<length).reduce([[]]) { all, _ in all + all.flatMap { word in alphabet.map { word + [$0] } } }
        }
        let texts = Set(words(["a", "b"], 5)), patterns = Set(words(["a", "*", "?"], 4))
        var matches = 0
        for pattern in patterns {
            for text in texts {
                let expected = isMatch(text[...], pattern[...])
                #expect(Wildcard.matches(text, pattern) == expected)
                if expected { matches += 1 }
            }
        }
        #expect(matches > 100)
    }

    @Test func `a pattern of many stars takes no longer than text times pattern`() {
        let text = Array(repeating: Character("a"), count: 20_000)
        let pattern = Array(Array(repeating: "a*", count: 50).joined() + "b")
        #expect(!Wildcard.matches(text, pattern))
    }

    /// Whatever a query certainly or possibly means is found through its anchors, and nothing is lost by looking up.
    @Test func `looking up finds what looking at everything finds`() throws {
        var generator = SeededGenerator(seed: 4)
        let values: [(InstanceAttribute, [String], [String])] = [
            (.modality, ["CT", "MR", "ct\\US"], ["CT", "m?", "*"]),
            (.patientName, ["Roe^Jane", "Doe^Jo=山田", "ROE"], ["roe^jane", "山田", "Roe*"]),
            (
                .studyDate, ["20260115", "2026.02.01", "never", "20251231"],
                ["20260115", "20260101-20260228", "-20260101"]
            ),
            (.studyInstanceUID, ["1.2", "1.3"], ["1.2", "1.3\\1.4", ""]),
            (.accessionNumber, ["a1", "A2"], ["A1", "a*"]), (.patientID, ["p1", "P1"], ["P1", "p2"]),
            (.bodyPartExamined, ["KNEE"], ["knee", "HEAD"]),
        ]
        var found = 0
        for _ in 0..<20_000 {
            var attributes: [InstanceAttribute: String] = [:]
            var unreadable = Set<InstanceAttribute>()
            var terms: [InstanceQuery.Term] = []
            for (attribute, own, asked) in values {
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: break
                case 1: unreadable.insert(attribute)
                default: attributes[attribute] = own.randomElement(using: &generator)
                }
                if Int.random(in: 0..<3, using: &generator) == 0, let value = asked.randomElement(using: &generator) {
                    terms.append(.init(attribute: attribute, value: value))
                }
            }
            let instance = Instance(
                digest: "", size: 0, attributes: attributes, unreadable: unreadable, received: Scene.start, source: "")
            let query = InstanceQuery(terms: terms)
            guard query.agreement(with: instance) != .no else { continue }
            found += 1
            let places = Anchor.places(of: instance, patients: [])
            let isFound = Anchor.of(.query(query)).contains { anchor in
                places.anchors.contains(anchor)
                    || places.attributes.contains { Anchor.range(of: $0).contains(anchor) }
            }
            #expect(isFound, "\(terms)")
        }
        #expect(found > 1000)
    }

    @Test func `a range of some weeks is looked up by its days, a long one by looking`() {
        func anchors(_ value: String) -> [String] {
            Anchor.of(.query(InstanceQuery(terms: [.init(attribute: .studyDate, value: value)])))
        }
        #expect(anchors("20260227-20260301") == ["StudyDate=20260227", "StudyDate=20260228", "StudyDate=20260301"])
        #expect(anchors("20260101-20261231").count == 365)
        #expect(anchors("20200101-20261231") == [Anchor.none])
        #expect(anchors("20200101-") == [Anchor.none])
    }
}
