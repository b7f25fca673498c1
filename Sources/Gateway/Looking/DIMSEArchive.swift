package import Access
internal import DICOMCore
internal import DICOMFile
package import DICOMNetwork
internal import Host

/// An archive that is asked by DIMSE: queries by C-FIND at the Study Root, objects by C-GET; or by C-MOVE to ourselves, for archives
/// without C-GET. Each question has an association of its own, so that a slow one holds up no other.
package struct DIMSEArchive: Archive {
    package var host: String
    package var port: Int
    /// Of the archive.
    package var calledTitle: String
    /// Ours.
    package var callingTitle: String
    package var settings: ConnectionSettings
    /// A folder for objects on their way.
    package var scratch: String
    /// Where objects arrive that were asked for by C-MOVE; nil asks for them by C-GET.
    package var arrivals: ArchiveArrivals?
    /// Bytes of one object.
    package var mostBytes: Int64

    package init(
        host: String, port: Int, calledTitle: String, callingTitle: String,
        settings: ConnectionSettings = ConnectionSettings(), scratch: String, arrivals: ArchiveArrivals? = nil,
        mostBytes: Int64 = 16 << 30
    ) {
        self.host = host
        self.port = port
        self.calledTitle = calledTitle
        self.callingTitle = callingTitle
        self.settings = settings
        self.scratch = scratch
        self.arrivals = arrivals
        self.mostBytes = mostBytes
    }

    // MARK: - Queries

    package func find(
        _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
        each: (Identifier) async throws -> Bool
    ) async throws {
        try await reaching {
            var proposals = ContextProposals()
            proposals.ask(ServiceClasses.studyRootFind)
            try await AssociationClient.open(host: host, port: port, request(proposals), settings: settings) {
                association in
                _ = try await descend(association, level, keys) { answer in
                    do { return try await each(answer) } catch { throw FromTaker(error: error) }
                }
            }
        }
    }

    private func request(_ proposals: ContextProposals) -> AssociateRequest {
        AssociateRequest(
            calledTitle: calledTitle, callingTitle: callingTitle, proposals, limits: settings.limits)
    }

    /// A query as hierarchical archives take it: with one UID at every level above (PS3.4 C.4.1.2.1). Where there is none, or
    /// a list, the level above is gone through first.
    ///
    /// - Returns: false when no more are wanted.
    private func descend(
        _ association: Association, _ level: QueryLevel, _ keys: Identifier, _ each: (Identifier) async throws -> Bool
    ) async throws -> Bool {
        let above: [(level: QueryLevel, tag: Tag)] =
            switch level {
            case .patient, .study: []
            case .series: [(.study, .studyInstanceUID)]
            case .instance: [(.study, .studyInstanceUID), (.series, .seriesInstanceUID)]
            }
        for step in above where keys.text(step.tag) == nil {
            var upper = Identifier()
            // What narrows the level above narrows it there; the rest is asked for below.
            for tag in [Tag.studyInstanceUID, .seriesInstanceUID] {
                if step.level == .series || tag == step.tag { upper[tag] = keys[tag] }
            }
            if step.level == .study {
                for tag in [Tag.specificCharacterSet, .patientID, .issuerOfPatientID, .patientName] {
                    upper[tag] = keys[tag]
                }
            }
            upper.ask(for: step.tag)
            let uids = try await self.uids(association, step.level, upper, step.tag)
            for uid in uids {
                var own = keys
                own.set(step.tag, uid)
                guard try await descend(association, level, own, each) else { return false }
            }
            return true
        }
        var sent = keys
        if level != .study {
            // Keys of other levels are not the archive's to match at this one (PS3.4 C.4.1.1.3.1).
            for tag in [Tag.patientID, .issuerOfPatientID, .patientName] { sent[tag] = nil }
        }
        sent.set(Self.queryLevel, level.rawValue)
        let syntax = try association.context(sopClass: ServiceClasses.studyRootFind).transferSyntax
        let encoding = TransferSyntax(uid: syntax).encoding
        let matches = try await association.find(
            sopClass: ServiceClasses.studyRootFind,
            EncodedDataSet(transferSyntax: syntax, bytes: try sent.bytes(as: encoding)))
        for try await match in matches {
            let answer: Identifier
            do throws(AccessError) {
                answer = try Identifier(bytes: match.identifier.bytes, encoding: encoding)
            } catch {
                throw ArchiveError(.badAnswer, error.what)
            }
            var whole = answer
            // What was asked by one UID is of that one, said or not.
            for step in above where whole.values(step.tag).isEmpty { whole[step.tag] = keys[step.tag] }
            guard try await each(whole) else { return false }
        }
        return true
    }

    private func uids(
        _ association: Association, _ level: QueryLevel, _ keys: Identifier, _ tag: Tag
    ) async throws -> [String] {
        var uids: [String] = []
        _ = try await descend(association, level, keys) { answer in
            guard uids.count < Self.mostAbove else {
                throw ArchiveError(.badAnswer, "more than \(Self.mostAbove) answers at the level above")
            }
            if let uid = answer.text(tag) { uids.append(uid) }
            return true
        }
        return uids
    }

    private static let queryLevel = Tag(0x0008, 0x0052)
    private static let mostAbove = 100_000

    // MARK: - Objects

    package func retrieve(
        _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
        each: (RetrievedInstance) async throws -> Void
    ) async throws {
        for part in RetrievalParts(instances).parts {
            try await reaching {
                if let arrivals { try await move(part, arrivals, each) } else { try await get(part, each) }
            }
        }
    }

    /// Instances of one series, by one C-GET.
    private func get(_ part: RetrievalParts.Part, _ each: (RetrievedInstance) async throws -> Void) async throws {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootGet)
        let classes = part.sopClasses.isEmpty ? StorageClasses.current : part.sopClasses
        // One context for what every archive can give, then one for each kind of compressed pixels, so that an archive says of
        // each object that it has it so. Most classes first.
        for sopClass in classes { proposals.receive(sopClass, in: TransferSyntaxes.uncompressed) }
        let compressed = TransferSyntaxes.registered.filter { !TransferSyntaxes.uncompressed.contains($0) }
        for syntax in compressed {
            for sopClass in classes { proposals.receive(sopClass, in: [syntax]) }
        }
        try await AssociationClient.open(host: host, port: port, request(proposals), settings: settings) {
            association in
            let identifier = try identifier(of: part, association, ServiceClasses.studyRootGet)
            let objects = Handoff<String>()
            let receiver = ArrivingObjects(scratch: scratch, arrivals: objects, mostBytes: mostBytes)
            try await take(objects, each) {
                try await association.get(sopClass: ServiceClasses.studyRootGet, identifier, into: receiver)
            }
        }
    }

    /// The same by a C-MOVE to ourselves.
    private func move(
        _ part: RetrievalParts.Part, _ arrivals: ArchiveArrivals, _ each: (RetrievedInstance) async throws -> Void
    ) async throws {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootMove)
        let objects = Handoff<String>()
        try await arrivals.waiting(
            for: part.instances, ArrivingObjects(scratch: scratch, arrivals: objects, mostBytes: mostBytes)
        ) {
            try await AssociationClient.open(host: host, port: port, request(proposals), settings: settings) {
                association in
                let identifier = try identifier(of: part, association, ServiceClasses.studyRootMove)
                let title = callingTitle
                try await take(objects, each) {
                    try await association.move(
                        sopClass: ServiceClasses.studyRootMove, identifier, destination: title)
                }
            }
        }
    }

    private func identifier(
        of part: RetrievalParts.Part, _ association: Association, _ sopClass: String
    ) throws -> EncodedDataSet {
        let syntax = try association.context(sopClass: sopClass).transferSyntax
        var keys = Identifier()
        keys.set(Self.queryLevel, QueryLevel.instance.rawValue)
        keys.set(.studyInstanceUID, part.study)
        keys.set(.seriesInstanceUID, part.series)
        keys.set(.sopInstanceUID, part.instances.joined(separator: "\\"))
        return EncodedDataSet(
            transferSyntax: syntax, bytes: try keys.bytes(as: TransferSyntax(uid: syntax).encoding))
    }

    /// Hands on what arrives for as long as the operation runs that brings it.
    private func take(
        _ objects: Handoff<String>, _ each: (RetrievedInstance) async throws -> Void,
        while operation: @escaping @Sendable () async throws -> Association.Retrieval
    ) async throws {
        let asking = Task { () -> Result<Association.Retrieval, any Error> in
            do {
                let end = try await operation()
                objects.finish()
                return .success(end)
            } catch {
                objects.finish(throwing: error)
                return .failure(error)
            }
        }
        defer {
            objects.abandon()
            asking.cancel()
        }
        while let path = try await objects.take() {
            defer { try? FileSystem.remove(path) }
            do { try await each(.file(path: path)) } catch { throw FromTaker(error: error) }
        }
        let end = try await asking.value.get()
        if end.outcome.status.category == .failure, end.counts.completed == 0, end.counts.failed == 0 {
            throw AssociationError.failed(end.outcome)
        }
    }

    /// An error of whoever takes answers: it is not the archive's, and goes back to where it came from.
    private struct FromTaker: Error { var error: any Error }

    private func reaching(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as FromTaker {
            throw error.error
        } catch let error as ArchiveError {
            throw error
        } catch let error as AssociationError {
            switch error {
            case .cancelled: throw CancellationError()
            case .failed, .refused, .noContext: throw ArchiveError(.refused, "\(error)")
            case .unexpectedMessage: throw ArchiveError(.badAnswer, "\(error)")
            default: throw ArchiveError(.unreachable, "\(error)")
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Of the connection: the words of the network library name addresses, which are ours.
            throw ArchiveError(.unreachable, "the connection failed")
        }
    }
}

/// A retrieval in parts that one C-GET can ask for: of one series each, and so many that their UIDs fit into an element.
struct RetrievalParts {
    struct Part {
        var study: String
        var series: String
        var instances: [String]
        var sopClasses: [String]
    }

    private(set) var parts: [Part] = []
    private static let most = 500

    init(_ instances: [InstanceReference]) {
        var places: [[String]: Int] = [:]
        for reference in instances {
            let key = [reference.study, reference.series]
            if let place = places[key], parts[place].instances.count < Self.most {
                parts[place].instances.append(reference.instance)
                if let sopClass = reference.sopClass, !parts[place].sopClasses.contains(sopClass) {
                    parts[place].sopClasses.append(sopClass)
                }
            } else {
                places[key] = parts.count
                parts.append(
                    Part(
                        study: reference.study, series: reference.series, instances: [reference.instance],
                        sopClasses: reference.sopClass.map { [$0] } ?? []))
            }
        }
    }
}
