internal import CustodyLog
internal import Host
internal import Inputs

/// Objects on a line each.
enum JSONText {
    static func line(_ members: KeyValuePairs<String, JSON?>) -> String { JSON.object(members).text + "\n" }

    static func hashes(_ hashes: [LogHash]) -> JSON { .strings(hashes.map { hexadecimalDigits($0.bytes) }) }
}
