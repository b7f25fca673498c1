internal import Access
internal import DICOMCore
internal import DICOMDictionary
internal import DICOMEncoding
internal import DICOMFile
internal import DICOMWeb
internal import Glibc
internal import Host
internal import NIOCore

/// An archive that is asked by DICOMweb: QIDO-RS for what it has, WADO-RS for the objects.
struct WebArchive: Archive {
    let client: DICOMWebClient
    /// Where an object lies while it is handed over.
    let scratch: String
    /// Bytes of one object.
    var mostBytes: Int64 = 16 << 30

    func find(
        _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
        each: (Identifier) async throws -> Bool
    ) async throws {
        let answers: QueryAnswers
        do {
            answers = try await client.search(try Self.query(level, keys))
        } catch let error as WebClientError {
            // Some say so instead of giving an empty list.
            if error == .status(404) { return }
            throw Self.error(error)
        }
        // Who is asked for patients is asked for studies, and each patient is given once.
        var patients: Set<[String?]> = []
        while let file = try await Self.answered({ try await answers.dataSets.next() }) {
            let answer = Identifier(file)
            if level == .patient {
                guard patients.insert([answer.text(.patientID), answer.text(.issuerOfPatientID)]).inserted else {
                    continue
                }
            }
            guard try await each(answer) else { return }
        }
        guard !answers.isTruncated else { throw ArchiveError(.badAnswer, "it has more answers than it gives at once") }
    }

    func retrieve(
        _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
        each: (Access.RetrievedInstance) async throws -> Void
    ) async throws {
        for instance in instances {
            // They are what the archive said, and become parts of a path.
            guard [instance.study, instance.series, instance.instance].allSatisfy(Self.isPlain) else {
                try await each(.failed(instance))
                continue
            }
            let resource = StudyResource(study: instance.study, series: instance.series, instance: instance.instance)
            let path = "\(scratch)/\(UInt128.random(in: .min ... .max))"
            defer { unlink(path) }
            guard try await fetch(resource, to: path) else {
                try await each(.failed(instance))
                continue
            }
            try await each(.file(path: path))
        }
    }

    /// Whether a UID has what UIDs have, digits and dots. Some are built otherwise than PS3.5 9.1 says, and harm nobody.
    static func isPlain(_ uid: String) -> Bool {
        !uid.isEmpty && uid.utf8.count <= 64 && uid.utf8.contains { $0 != UInt8(ascii: ".") }
            && uid.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether the archive gave the object, whole.
    private func fetch(_ resource: StudyResource, to path: String) async throws -> Bool {
        do {
            let answer = try await client.instances(of: resource)
            guard let object = try await answer.next() else { return false }
            let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw SystemError.last("open") }
            let file = Descriptor(number)
            var size: Int64 = 0
            while let piece = try await object.bytes.next() {
                size += Int64(piece.readableBytes)
                guard size <= mostBytes else { return false }
                try await WebThreads.run { try piece.withUnsafeReadableBytes { try file.write($0) } }
            }
            return true
        } catch let error as WebClientError {
            // What it does not give is not given; that it does not answer is another matter.
            if case .status(let status) = error, !(500...599).contains(status) { return false }
            throw Self.error(error)
        } catch is MultipartError {
            return false
        }
    }

    private static func answered<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as WebClientError {
            throw Self.error(error)
        } catch is MetadataError {
            throw ArchiveError(.badAnswer, "an answer is no DICOM JSON")
        }
    }

    private static func error(_ error: WebClientError) -> ArchiveError {
        switch error {
        case .unreachable, .lost: ArchiveError(.unreachable, "no connection, or it was lost")
        case .status(let status): ArchiveError(.refused, "status \(status)")
        case .malformed: ArchiveError(.badAnswer, "its answer is not of PS3.18")
        }
    }

    // MARK: - Keys

    private static func query(_ level: QueryLevel, _ keys: Identifier) throws -> WebQuery {
        let webLevel: WebQuery.Level =
            switch level {
            case .patient, .study: .study
            case .series: .series
            case .instance: .instance
            }
        var query = WebQuery(webLevel)
        var asked: [[Tag]] = []
        for element in keys.elements where element.tag != .specificCharacterSet {
            try add(element, keys, [], to: &query, &asked)
        }
        // What stands in the path of a URL.
        if webLevel != .study { query.study = take(.studyInstanceUID, &query) }
        if webLevel == .instance, query.study != nil { query.series = take(.seriesInstanceUID, &query) }
        query.fields = .these(asked)
        return query
    }

    /// One UID becomes a part of the path; a list stays a match.
    private static func take(_ tag: Tag, _ query: inout WebQuery) -> String? {
        guard let index = query.matches.firstIndex(where: { $0.path == [tag] }),
            UID.isValid(query.matches[index].value)
        else { return nil }
        return query.matches.remove(at: index).value
    }

    private static func add(
        _ element: NewElement, _ item: Identifier, _ path: [Tag], to query: inout WebQuery, _ asked: inout [[Tag]]
    ) throws {
        let own = path + [element.tag]
        if case .items(let items) = element.value {
            guard let first = items.first, !first.isEmpty else {
                asked.append(own)
                return
            }
            let inner = Identifier(first)
            for member in inner.elements { try add(member, inner, own, to: &query, &asked) }
            return
        }
        let values = item.values(element.tag)
        guard !values.isEmpty else {
            // A value that cannot be read must not become a question for everything.
            guard !item.hasValue(element.tag) else { throw ArchiveError(.refused, "a key cannot be put into a URL") }
            asked.append(own)
            return
        }
        query.matches.append(WebQuery.Match(path: own, value: values.joined(separator: "\\")))
    }
}
