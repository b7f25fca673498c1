import Foundation
import Host

/// The protocol between a worker and whoever gives it work: lines of JSON (docs/scale.md).
public enum BatchProtocol {
    /// Another number is another protocol; what is added to this one breaks no reader.
    public static let name = "cordon-batch/1"
}

/// Why an item was not done, in words that name no patient and no path.
public struct ItemError: Error, Hashable, Sendable {
    /// Lower case, no full stop.
    public var message: String
    /// Whether it may go better another time, or on another machine.
    public var mayPass: Bool

    public init(_ message: String, mayPass: Bool = false) {
        self.message = message
        self.mayPass = mayPass
    }
}

/// One line of work: studies that are decided together, mostly one.
public struct WorkItem: Hashable, Sendable {
    /// What the scheduler calls it; comes back in the result as it is, and so should name nobody.
    public var id: String
    /// Absolute paths of folders, files, DICOMDIRs or ZIP archives.
    public var paths: [String]

    /// What a line may have. Anything else was meant for another version, and leaving it out would do something else than was meant.
    private static let members: Set<String> = ["protocol", "id", "path", "paths", "url", "urls"]

    /// A line that says no more than which protocol the others are of.
    public static func isHeader(_ line: [UInt8]) throws(ItemError) -> Bool {
        let object = try object(line)
        guard object["protocol"] != nil, object.count == 1 else { return false }
        try check(object)
        return true
    }

    /// - Parameter line: a JSON object: `{"id": "17", "path": "/studies/17"}`, or `paths`, `url`, `urls`.
    public init(line: [UInt8]) throws(ItemError) {
        let object = try Self.object(line)
        try Self.check(object)
        guard let id = object["id"] as? String, Self.isID(id) else {
            throw ItemError("`id` is 1 to 128 letters, digits and `._:@/+=-`")
        }
        var places: [(text: String, isURL: Bool)] = []
        for (name, isURL) in [("path", false), ("paths", false), ("url", true), ("urls", true)] {
            guard let value = object[name] else { continue }
            guard let texts = name.hasSuffix("s") ? value as? [String] : (value as? String).map({ [$0] }) else {
                throw ItemError("`\(name)` is \(name.hasSuffix("s") ? "a list of texts" : "a text")")
            }
            places += texts.map { ($0, isURL) }
        }
        guard !places.isEmpty, places.count <= 10_000 else {
            throw ItemError("an item names 1 to 10000 paths or URLs: `path`, `paths`, `url`, `urls`")
        }
        self.id = id
        paths = []
        for (number, place) in places.enumerated() { paths.append(try Self.path(place.text, place.isURL, number + 1)) }
    }

    /// What a line calls itself, for an answer to one that cannot be used.
    public static func id(in line: [UInt8]) -> String? {
        guard let object = try? object(line), let id = object["id"] as? String, isID(id) else { return nil }
        return id
    }

    private static func object(_ line: [UInt8]) throws(ItemError) -> [String: Any] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else {
            throw ItemError("the line is not a JSON object")
        }
        return object
    }

    private static func check(_ object: [String: Any]) throws(ItemError) {
        if let stated = object["protocol"] {
            guard stated as? String == BatchProtocol.name else {
                throw ItemError("the item is of another protocol; this worker speaks \(BatchProtocol.name)")
            }
        }
        guard members.isSuperset(of: object.keys) else {
            throw ItemError("the item has a member that \(BatchProtocol.name) does not know")
        }
    }

    private static func isID(_ text: String) -> Bool {
        let others = Set("._:@/+=-".utf8)
        return (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || others.contains($0)
            }
    }

    private static func path(_ text: String, _ isURL: Bool, _ number: Int) throws(ItemError) -> String {
        var path = text
        if isURL || text.hasPrefix("file:") {
            guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased() else {
                throw ItemError("place \(number) of the item is not a URL")
            }
            guard scheme == "file" else {
                throw ItemError(
                    "place \(number) of the item is not a file; whoever gives the work stages whole studies into files first"
                )
            }
            guard ["", "localhost"].contains(url.host ?? ""), url.query == nil, url.fragment == nil else {
                throw ItemError("place \(number) of the item is on another machine")
            }
            path = url.path
        }
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw ItemError("place \(number) of the item is not an absolute path")
        }
        return path
    }
}
