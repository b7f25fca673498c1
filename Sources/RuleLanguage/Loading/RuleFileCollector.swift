/// Reads a rule file and all that it includes. A file counts once, by whatever name it is included; a cycle is an error.
final class RuleFileCollector {
    /// More files than anybody keeps by hand (P9).
    static let maximumFiles = 1000

    private let log: FindingLog
    private let source: FileSource
    private(set) var files: [RuleFile] = []
    private(set) var inclusions: [RuleSet.Inclusion] = []
    /// Files that were read, with the names that they are shown by.
    private var finished: [FileAccess.Identity: String] = [:]
    private var open: [(identity: FileAccess.Identity?, name: String)] = []

    init(log: FindingLog, source: FileSource = .disk) {
        self.log = log
        self.source = source
    }

    /// Reads the root file.
    func collect(path: String) {
        let name = FilePath.simplified(path)
        do {
            let contents = try source.read(path, limit: XMLDocument.maximumSize)
            add(contents.bytes, contents.identity, path: path, isRoot: true)
        } catch {
            log.add(
                Finding(
                    severity: .error, code: FindingCode.unreadableFile.rawValue,
                    message: "`\(path)` cannot be read: \(error.reason)", location: SourceLocation(file: name, line: 1))
            )
        }
    }

    /// Takes text as the root file; its includes and lists are looked for beside `path`.
    func collect(text: [UInt8], path: String) {
        guard text.count <= XMLDocument.maximumSize else {
            log.add(
                Finding(
                    severity: .error, code: FindingCode.fileTooLarge.rawValue,
                    message: "the text has more than \(XMLDocument.maximumSize >> 20) MiB",
                    location: SourceLocation(file: path, line: 1)))
            return
        }
        add(text, nil, path: path, isRoot: true)
    }

    private func add(_ bytes: [UInt8], _ identity: FileAccess.Identity?, path: String, isRoot: Bool) {
        guard let root = XMLDocument(path: path, bytes: bytes, files: source, log: log).root else { return }
        let name = root.source.name
        open.append((identity, name))
        files.append(RuleFile(root: root, digest: digest(of: bytes), name: name, isRoot: isRoot))
        for element in root.children(named: "include") {
            guard let href = element.attribute("href"), let word = href.trimmed else { continue }
            include(word, from: path, at: href.place)
        }
        open.removeLast()
        if let identity { finished[identity] = name }
    }

    private func include(_ href: String, from path: String, at place: Place) {
        let target = FilePath.resolve(href, from: path)
        let contents: FileAccess.Contents
        do {
            contents = try source.read(target, limit: XMLDocument.maximumSize)
        } catch {
            let hint =
                href.contains("://")
                ? "rule files are local; nothing is read from a network"
                : "the path counts from the folder of this file"
            let code: FindingCode = if case .tooLarge = error { .fileTooLarge } else { .unreadableFile }
            log.error(code, "`\(href)` cannot be read: \(error.reason)", at: place, hint: hint)
            return
        }
        func note(_ file: String) {
            inclusions.append(RuleSet.Inclusion(href: href, file: file, location: place.location))
        }
        if let known = finished[contents.identity] { return note(known) }
        if let start = open.firstIndex(where: { $0.identity == contents.identity }) {
            let cycle = open[start...].map(\.name) + [open[start].name]
            log.error(
                .includeCycle, "a file includes itself: \(cycle.map { "`\($0)`" }.joined(separator: " → "))",
                at: place, hint: "remove one of these includes")
            return
        }
        guard files.count < Self.maximumFiles else {
            log.error(.tooManyFiles, "more than \(Self.maximumFiles) files are included", at: place)
            return
        }
        add(contents.bytes, contents.identity, path: target, isRoot: false)
        finished[contents.identity].map(note)
    }
}

extension XMLAttribute {
    /// Without surrounding blanks; nil when nothing is left.
    package var trimmed: String? {
        var text = Substring(value)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
