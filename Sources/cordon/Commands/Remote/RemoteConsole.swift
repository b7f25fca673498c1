import ArgumentParser
import DICOMWeb
import Foundation
import Host
import Inputs
import Transport

/// Where a console is, and by what token one speaks to it.
struct RemoteConsole: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The console, as https://console.example.org; CORDON_CONSOLE in the environment, if not given.",
            valueName: "url"))
    var console: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file with the token in its first line; CORDON_TOKEN in the environment, if not given.", valueName: "file"
        ))
    var tokenFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Authorities that vouch for the console (PEM), if not those of the system.", valueName: "file"))
    var roots: String?

    @Option(
        name: .long, help: ArgumentHelp("The code of the authenticator, for what asks for one.", valueName: "code"))
    var code: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// Asks the console.
    ///
    /// - Parameter path: behind `/api/v1`, its steps percent-encoded.
    /// - Returns: the bytes of an answer that says yes.
    func ask(
        _ method: String, _ path: String, query: [(String, String?)] = [], body: JSON? = nil
    ) throws -> [UInt8] {
        let known = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        let url = try address() + "/api/v1" + path + (known.isEmpty ? "" : "?" + known.joined(separator: "&"))
        var headers = [("Authorization", "Bearer " + (try token()))]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let code { headers.append(("Cordon-Code", code)) }
        let answer: HTTPRequest.Answer
        do {
            answer = try HTTPRequest.send(
                method, url, headers: headers, body: body.map { Array($0.text.utf8) } ?? [],
                tls: TLSSettings(authorities: roots), largest: 64 << 20)
        } catch {
            throw RunError(.output, "the console does not answer: \(error)")
        }
        guard (200..<300).contains(answer.status) else { throw Self.problem(answer) }
        return answer.body
    }

    /// What an answer in JSON says.
    static func read(_ bytes: [UInt8]) throws -> JSONText {
        guard let value = try? JSONParser.parse(bytes) else {
            throw RunError(.output, "the console does not answer in JSON; is it a console?")
        }
        return value
    }

    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(Unicode.Scalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    private func address() throws -> String {
        guard let url = console ?? ProcessInfo.processInfo.environment["CORDON_CONSOLE"] else {
            throw RunError(.arguments, "no console is named: give `--console https://…`")
        }
        // A token is as good as a password: it does not go over a network as it is.
        let isHere = ["http://127.0.0.1", "http://[::1]", "http://localhost"].contains { host in
            url.hasPrefix(host) && [nil, ":", "/"].contains(url.dropFirst(host.count).first)
        }
        guard url.hasPrefix("https://") || isHere else {
            throw RunError(
                .arguments, "the console is asked by https, or by http on this machine: a token would be read")
        }
        // What is asked for may name a patient. An address that is none is told before it is a part of that.
        let host = url.dropFirst(isHere ? "http://".count : "https://".count).prefix(while: { $0 != "/" })
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !url.contains(where: { "@#?".contains($0) }),
            Endpoint(String(host), defaultPort: 443) != nil
        else { throw RunError(.arguments, "the console's address is none of the form https://console.example.org") }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private func token() throws -> String {
        var text = ProcessInfo.processInfo.environment["CORDON_TOKEN"]
        if let tokenFile {
            guard let bytes = FileManager.default.contents(atPath: tokenFile), bytes.count <= 1 << 16 else {
                throw RunError(.arguments, "the file of the token cannot be read")
            }
            text = String(decoding: bytes, as: UTF8.self)
        }
        let line = text?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard !line.isEmpty, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RunError(
                .arguments, "there is no token: give `--token-file FILE`; one is made at `Your account` of the console")
        }
        return line
    }

    /// What the console says, in its words (RFC 9457).
    private static func problem(_ answer: HTTPRequest.Answer) -> RunError {
        func text(_ name: String) -> String? {
            guard let value = try? JSONParser.parse(answer.body), case .string(let text)? = value[name] else {
                return nil
            }
            return text.printable
        }
        let kind: RunError.Code = answer.status >= 500 ? .output : .arguments
        guard let title = text("title") else {
            return RunError(kind, "the console answers with the status \(answer.status)")
        }
        return RunError(kind, "\(title): \(text("detail") ?? "") (\(answer.status))")
    }
}

/// Shows answers to people.
enum RemoteText {
    /// A list as a table.
    static func table(_ value: JSONText, _ list: String, _ columns: [String]) throws -> String {
        guard case .array(let rows)? = value[list] else {
            throw RunError(.output, "the console does not answer with a list; is it a console?")
        }
        var table = Table(columns.map { Table.Column(title: $0) })
        for row in rows { table.add(columns.map { words(row[$0]).printable }) }
        var text = rows.isEmpty ? "none" : table.lines(width: TerminalSize.columns).joined(separator: "\n")
        if case .number(let next)? = value["next"] { text += "\n… and more: go on with \(next)" }
        return text
    }

    /// An object, a line for each member; what it has in it is indented.
    static func lines(_ value: JSONText, depth: Int = 0) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        guard case .object(let members) = value else { return [indent + words(value).printable] }
        return members.flatMap { member -> [String] in
            switch member.value {
            case .object: return ["\(indent)\(member.name):"] + lines(member.value, depth: depth + 1)
            case .array(let values):
                guard !values.isEmpty else { return ["\(indent)\(member.name): none"] }
                return ["\(indent)\(member.name):"]
                    + values.flatMap { value -> [String] in
                        var part = lines(value, depth: depth + 2)
                        if let first = part.first { part[0] = indent + "  - " + first.dropFirst(indent.count + 4) }
                        return part
                    }
            default: return ["\(indent)\(member.name): \(words(member.value).printable)"]
            }
        }
    }

    private static func words(_ value: JSONText?) -> String {
        switch value {
        case .string(let text)?: text
        case .number(let digits)?: digits
        case .boolean(let isTrue)?: isTrue ? "yes" : "no"
        case .array(let values)?: values.map { words($0) }.joined(separator: ", ")
        case .object?: scope(value)
        case .null?, nil: ""
        }
    }

    /// `study 1.2.3`, `patient`.
    private static func scope(_ value: JSONText?) -> String {
        let parts = ["kind", "value", "issuer"].map { words(value?[$0]) }.filter { !$0.isEmpty }
        return parts.joined(separator: " ")
    }
}
