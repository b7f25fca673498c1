internal import Access
internal import DICOMCore
internal import DICOMDictionary
internal import DICOMEncoding
internal import DICOMFile
internal import DICOMWeb
internal import Host

/// QIDO-RS and WADO-RS: each is a verb of the access core, which alone decides what is seen and alone reaches the archive.
struct WebLooking: QueryProvider, RetrieveProvider {
    /// The core in force, asked for anew by each request.
    let core: @Sendable () throws -> AccessCore
    /// Who a caller is.
    var principal: @Sendable (Caller) -> Principal = { Principal($0, peer: nil, nameClaim: "sub") }
    /// Bytes of answers to one search that are held, so that its beginning can say whether there are more.
    var mostBytes = 16 << 20

    // MARK: - Search

    func search(_ query: WebQuery, for caller: Caller) async throws -> QueryAnswers {
        let asked = try query.accessQuery
        var found: [DICOMFile] = []
        var bytes = 0
        let hasMore = try await WebProblem.translating {
            try await core().query(asked, by: principal(caller)) { answer in
                let file = try answer.file()
                bytes += file.size
                guard bytes <= mostBytes else { throw WebProblem.tooLarge("there is too much to say; ask for less") }
                found.append(file)
                return true
            }
        }
        return QueryAnswers(Feed(found), isTruncated: hasMore)
    }

    // MARK: - Retrieve

    func instances(of resource: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws
        -> Feed<DICOMWeb.RetrievedInstance>
    {
        deliveries(resource, caller).map { delivery in
            let syntax = delivery.syntax
            guard acceptable.uids.isEmpty || acceptable.contains(syntax) else {
                throw WebProblem.notAcceptable("it is kept in another transfer syntax; ask for transfer-syntax=*")
            }
            return DICOMWeb.RetrievedInstance(
                transferSyntax: syntax, length: delivery.size,
                bytes: FileBytes.feed(delivery.opened, 0..<delivery.size))
        }
    }

    func metadata(of resource: StudyResource, for caller: Caller) async throws -> Feed<DICOMFile> {
        deliveries(resource, caller).map { $0.file }
    }

    func file(of instance: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws -> DICOMFile
    {
        let delivered = deliveries(instance, caller)
        guard let first = try await delivered.next() else { throw WebProblem.notFound }
        // The rest of the work, its record, is waited for.
        while try await delivered.next() != nil {}
        return first.file
    }

    /// Whoever renders an image may write a name into it that is masked, so that nothing is rendered by another.
    func rendered(_ request: RenderedRequest, for caller: Caller) async throws -> RenderedAnswer {
        throw WebProblem.notImplemented
    }

    /// An instance that is open, whatever becomes of its name.
    private struct Opened: Sendable {
        var file: DICOMFile
        var opened: Descriptor
        var size: Int
        var syntax: String { file.transferSyntax.uid }
    }

    /// What may be seen of a resource, each when it is asked for.
    private func deliveries(_ resource: StudyResource, _ caller: Caller) -> Feed<Opened> {
        let core = core
        let principal = self.principal(caller)
        let retrieval = resource.retrieval
        return Feed(handing: { hand in
            try await WebProblem.translating {
                try await core().retrieve(retrieval, by: principal, begin: { _ in }) { retrieved in
                    switch retrieved {
                    case .instance(let delivery):
                        let opened = try Descriptor(reading: PathBytes(delivery.path))
                        try await hand(Opened(file: delivery.file, opened: opened, size: delivery.size))
                    // A part is not given for the whole: the connection is cut, and the client asks again.
                    case .failed: throw WebProblem.badGateway
                    }
                }
            }
        })
    }
}

extension StudyResource {
    var retrieval: Retrieval {
        Retrieval(
            level: instance != nil ? .instance : series != nil ? .series : .study, studies: [study],
            series: series.map { [$0] } ?? [], instances: instance.map { [$0] } ?? [])
    }
}

extension WebQuery {
    /// As a C-FIND asks (PS3.4 C.2.2.2): text in UTF-8, attributes that are asked for without a value.
    var accessQuery: Query {
        get throws(WebProblem) {
            var keys = IdentifierKeys()
            for tag in Self.attributes(of: level) { try keys.add([tag], "") }
            switch fields {
            case .these(let paths): for path in paths { try keys.add(path, "") }
            // An archive that is asked by C-FIND has no word for all of them: they are asked for by name.
            case .all: for tag in Self.more(of: level) { try keys.add([tag], "") }
            }
            if let study { try keys.add([.studyInstanceUID], study) }
            if let series { try keys.add([.seriesInstanceUID], series) }
            for match in matches { try keys.add(match.path, match.value) }
            let level: QueryLevel =
                switch level {
                case .study: .study
                case .series: .series
                case .instance: .instance
                }
            return Query(
                level: level, keys: Identifier(keys.elements), offset: offset, limit: limit)
        }
    }

    /// What answers have beside that for `includefield=all`: what an archive may have of a level (PS3.4 Tables C.6-1 to C.6-4, and the
    /// attributes of the modules of patient, study, series and image that are for people who choose).
    static func more(of level: Level) -> [Tag] {
        let study: [Tag] = [
            .issuerOfPatientID, Tag(0x0008, 0x0062), Tag(0x0008, 0x1030), Tag(0x0008, 0x1048), Tag(0x0008, 0x1060),
            Tag(0x0008, 0x1080), Tag(0x0010, 0x0032), Tag(0x0010, 0x1000), Tag(0x0010, 0x1001), Tag(0x0010, 0x1010),
            Tag(0x0010, 0x1020), Tag(0x0010, 0x1030), Tag(0x0010, 0x2160), Tag(0x0010, 0x2180), Tag(0x0010, 0x21B0),
            Tag(0x0010, 0x4000), Tag(0x0032, 0x4000),
        ]
        let series: [Tag] = [
            Tag(0x0008, 0x0021), Tag(0x0008, 0x0031), Tag(0x0008, 0x0070), Tag(0x0008, 0x0080), Tag(0x0008, 0x1010),
            Tag(0x0008, 0x1040), Tag(0x0008, 0x1050), Tag(0x0008, 0x1070), Tag(0x0008, 0x1090), Tag(0x0018, 0x0015),
            Tag(0x0018, 0x1030), Tag(0x0018, 0x5100), Tag(0x0020, 0x0060), Tag(0x0040, 0x0253), Tag(0x0040, 0x0254),
        ]
        let instance: [Tag] = [
            Tag(0x0008, 0x0008), Tag(0x0008, 0x0012), Tag(0x0008, 0x0013), Tag(0x0008, 0x0022), Tag(0x0008, 0x0023),
            Tag(0x0008, 0x002A), Tag(0x0008, 0x0032), Tag(0x0008, 0x0033), Tag(0x0020, 0x0012), Tag(0x0020, 0x4000),
            Tag(0x0028, 0x0002), Tag(0x0028, 0x0004), Tag(0x0028, 0x0301), Tag(0x0040, 0xA491), Tag(0x0040, 0xA493),
        ]
        switch level {
        case .study: return study
        case .series: return series
        case .instance: return instance
        }
    }

    /// What answers have (PS3.18 Tables 10.6.3-3, 4 and 5).
    private static func attributes(of level: Level) -> [Tag] {
        let study: [Tag] = [
            Tag(0x0008, 0x0020), Tag(0x0008, 0x0030), Tag(0x0008, 0x0050), Tag(0x0008, 0x0056), Tag(0x0008, 0x0061),
            Tag(0x0008, 0x0090), .patientName, .patientID, Tag(0x0010, 0x0030), Tag(0x0010, 0x0040), .studyInstanceUID,
            Tag(0x0020, 0x0010), Tag(0x0020, 0x1206), Tag(0x0020, 0x1208),
        ]
        let series: [Tag] = [
            .modality, Tag(0x0008, 0x103E), .studyInstanceUID, .seriesInstanceUID, Tag(0x0020, 0x0011),
            Tag(0x0020, 0x1209), Tag(0x0040, 0x0244), Tag(0x0040, 0x0245),
        ]
        let instance: [Tag] = [
            .sopClassUID, .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID, Tag(0x0020, 0x0013),
            Tag(0x0028, 0x0008), Tag(0x0028, 0x0010), Tag(0x0028, 0x0011), Tag(0x0028, 0x0100),
        ]
        switch level {
        case .study: return study
        case .series: return series
        case .instance: return instance
        }
    }
}

/// Keys in the making: attributes by path, those in sequences in one item.
private struct IdentifierKeys {
    private indirect enum Node {
        case value(String)
        case item([Tag: Node])
    }

    private var root: [Tag: Node] = [:]

    /// Asking for what is matched already changes nothing; two values for one attribute are no question.
    mutating func add(_ path: [Tag], _ value: String) throws(WebProblem) {
        guard Self.add(path[...], value, to: &root) else {
            throw .badRequest("an attribute is asked for in two ways that contradict each other")
        }
    }

    private static func add(_ path: ArraySlice<Tag>, _ value: String, to item: inout [Tag: Node]) -> Bool {
        guard let tag = path.first else { return false }
        if path.count == 1 {
            switch item[tag] {
            case nil: item[tag] = StandardDictionary.vr(of: tag) == .SQ ? .item([:]) : .value(value)
            case .value(let before)?:
                guard before.isEmpty || value.isEmpty || before == value else { return false }
                if before.isEmpty { item[tag] = .value(value) }
            case .item?: break
            }
            return true
        }
        var inner: [Tag: Node] = [:]
        if case .item(let members)? = item[tag] { inner = members }
        guard add(path.dropFirst(), value, to: &inner) else { return false }
        item[tag] = .item(inner)
        return true
    }

    var elements: [NewElement] {
        var elements = Self.elements(root)
        elements.append(NewElement(tag: .specificCharacterSet, vr: .CS, text: "ISO_IR 192"))
        return elements
    }

    private static func elements(_ item: [Tag: Node]) -> [NewElement] {
        item.map { tag, node in
            let vr = StandardDictionary.vr(of: tag) ?? .UN
            switch node {
            case .value(let value): return NewElement(tag: tag, vr: vr, text: value)
            // An empty item asks for the sequence (PS3.4 C.2.2.2.6).
            case .item(let members): return NewElement(tag: tag, vr: .SQ, value: .items([elements(members)]))
            }
        }
    }
}
