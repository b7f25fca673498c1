import DICOMCore
import DICOMDictionary
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

let place = SourceLocation(file: "test.xml", line: 1)

extension Profile {
    /// A profile of these statements; what they do not name goes, and sequences stay.
    static func of(
        _ statements: [(ProfileStatement.Selector, ProfileAction)], anything: ProfileAction = .remove,
        burnedIn: BurnedInPolicy = .sequester, codes: [MethodCode] = []
    ) -> Profile {
        var all = statements
        if !all.contains(where: { $0.0 == .anything }) { all.append((.anything, anything)) }
        if !all.contains(where: { $0.0 == .tag(.sopInstanceUID) }) { all.append((.tag(.sopInstanceUID), .uid)) }
        if !all.contains(where: { $0.0 == .tag(.sopClassUID) }) { all.append((.tag(.sopClassUID), .keep)) }
        return Profile(
            id: "test", title: nil, parents: [], ancestors: [], methodCodes: codes,
            statements: all.map { ProfileStatement(selector: $0.0, action: $0.1, location: place) },
            burnedInAnnotation: burnedIn, location: place)
    }

    /// The Basic Profile as it is shipped.
    static func basic() throws -> Profile {
        try #require(shipped.ruleSet?.profiles["ps3.15-basic"], "\(shipped.findings.prefix(3).map(\.message))")
    }

    private static let shipped = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/profiles/ps3.15.xml")

    func passing() -> Profile {
        var profile = self
        profile.burnedInAnnotation = .pass
        return profile
    }
}

let noRules = RuleSet(
    id: "test", revision: "1", digest: "", tier: 4, sources: [], labels: [:], lists: [:], rules: [], profiles: [:],
    audiences: [:])

let keyOfSevens = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))

/// A de-identified file: what was said of it, and its bytes.
struct Output {
    var said: Deidentified
    var bytes: [UInt8]
    var file: DICOMFile

    /// The values at a place, `(0040,0275)/1/(0040,0007)`; nil when nothing is there.
    func values(_ pattern: PathPattern) throws -> [String]? {
        guard let node = file.nodes(matching: pattern).first else { return nil }
        return try file.values(of: node)
    }

    func values(_ tag: Tag) throws -> [String]? { try values(PathPattern(tag)) }
}

extension Deidentifier {
    init(_ profile: Profile, key: DeidentificationKey = keyOfSevens) {
        self.init(ruleSet: noRules, profile: profile, key: key)
    }

    /// The output of bytes; nil when they were sequestered.
    func output(_ bytes: [UInt8]) throws -> Output? { try output(try DICOMFile(bytes: bytes)) }

    func output(_ file: DICOMFile) throws -> Output? {
        guard case .edited(let said) = deidentify(file) else { return nil }
        let bytes = try EditedDataSet(file, edits: said.edits, fileMeta: said.fileMeta).bytes()
        return Output(said: said, bytes: bytes, file: try DICOMFile(bytes: bytes))
    }

    func reason(_ bytes: [UInt8]) throws -> String? {
        guard case .sequester(let reason) = deidentify(try DICOMFile(bytes: bytes)) else { return nil }
        return reason
    }
}

extension [UInt8] {
    func contains(_ needle: [UInt8]) -> Bool { Data(self).range(of: Data(needle)) != nil }

    func contains(_ text: String) -> Bool { contains(Array(text.utf8)) }
}

extension DataSetBuilder {
    static let ct = "1.2.840.10008.5.1.4.1.1.2"

    /// The least that names an instance.
    static func instance(_ sopClass: String = ct, uid: String = "1.2.3.4") -> DataSetBuilder {
        DataSetBuilder().text(.sopClassUID, .UI, sopClass).text(.sopInstanceUID, .UI, uid)
    }
}

extension Profile {
    /// The profile with other statements in place of its own.
    func with(_ new: [(ProfileStatement.Selector, ProfileAction)], concepts: [ConceptStatement] = []) -> Profile {
        var profile = self
        profile.statements.removeAll { old in new.contains { $0.0 == old.selector } }
        profile.statements += new.map { ProfileStatement(selector: $0.0, action: $0.1, location: place) }
        profile.settings.concepts += concepts
        return profile
    }
}
