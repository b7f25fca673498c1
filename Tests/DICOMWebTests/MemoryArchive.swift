import DICOMCore
import DICOMEncoding
import DICOMFile
import DICOMWeb
import NIOCore
import Synchronization
import TestSupport

/// Keeps what it is sent in memory, and answers from it. Counts which of its verbs were asked, so that a test can show that
/// every route asks.
final class MemoryArchive: ObjectReceiver, QueryProvider, RetrieveProvider {
    struct Object: Sendable {
        var bytes: [UInt8]
        var file: DICOMFile
        var study: String
        var series: String
        var instance: String
    }

    private let state = Mutex<(objects: [Object], asked: [String], callers: [Caller])>(([], [], []))
    /// What is answered to Store requests in place of storing.
    let refusal: StoreReason?

    init(_ objects: [[UInt8]] = [], refusal: StoreReason? = nil) {
        self.refusal = refusal
        for bytes in objects { _ = keep(bytes) }
    }

    var objects: [Object] { state.withLock { $0.objects } }
    var asked: [String] { state.withLock { $0.asked } }
    var callers: [Caller] { state.withLock { $0.callers } }

    private func note(_ verb: String, _ caller: Caller) {
        state.withLock {
            $0.asked.append(verb)
            $0.callers.append(caller)
        }
    }

    private func keep(_ bytes: [UInt8]) -> Object? {
        guard let file = try? DICOMFile(bytes: bytes), let study = file.text(.studyInstanceUID),
            let series = file.text(.seriesInstanceUID), let instance = file.text(.sopInstanceUID)
        else { return nil }
        let object = Object(bytes: bytes, file: file, study: study, series: series, instance: instance)
        state.withLock { $0.objects.append(object) }
        return object
    }

    // MARK: - Store

    func store(_ object: IncomingObject, from caller: Caller) async -> StoreOutcome {
        note("store", caller)
        guard let bytes = try? await object.bytes.collectBytes(), let file = try? DICOMFile(bytes: bytes) else {
            return StoreOutcome(.failure(.cannotUnderstand))
        }
        let sopClass = file.text(.sopClassUID)
        let sopInstance = file.text(.sopInstanceUID)
        if let refusal { return StoreOutcome(.failure(refusal), sopClass: sopClass, sopInstance: sopInstance) }
        if let study = object.study, study != file.text(.studyInstanceUID) {
            return StoreOutcome(.failure(.cannotUnderstand), sopClass: sopClass, sopInstance: sopInstance)
        }
        guard let kept = keep(bytes) else { return StoreOutcome(.failure(.cannotUnderstand)) }
        return StoreOutcome(
            .stored, sopClass: sopClass, sopInstance: sopInstance, study: kept.study, series: kept.series)
    }

    // MARK: - Search

    private func chosen(_ study: String?, _ series: String?, _ instance: String?) -> [Object] {
        objects.filter { object in
            (study == nil || object.study == study) && (series == nil || object.series == series)
                && (instance == nil || object.instance == instance)
        }
    }

    func search(_ query: WebQuery, for caller: Caller) async throws -> QueryAnswers {
        note("search \(query.level)", caller)
        var seen: Set<String> = []
        var found: [DICOMFile] = []
        for object in chosen(query.study, query.series, nil) {
            let key =
                switch query.level {
                case .study: object.study
                case .series: object.series
                case .instance: object.instance
                }
            guard query.matches.allSatisfy({ Self.matches(object.file, $0) }), seen.insert(key).inserted else {
                continue
            }
            found.append(object.file)
        }
        let page = Array(found.dropFirst(query.offset).prefix(query.limit ?? .max))
        let asked: Set<Tag>
        if case .these(let paths) = query.fields { asked = Set(paths.compactMap(\.first)) } else { asked = [] }
        let keepsAll = query.fields == .all
        let answers = page.map { file in
            let edits = file.dataSet.children(of: nil).filter { node in
                let tag = file.dataSet.nodes[node].tag
                return !(keepsAll && tag != .pixelData) && !asked.contains(tag) && !Self.basic.contains(tag)
            }
            .map { Edit.remove($0) }
            return try? DICOMFile(bytes: EditedDataSet(file, edits: edits).bytes())
        }
        return QueryAnswers(Feed(answers.compactMap { $0 }), isTruncated: found.count > query.offset + page.count)
    }

    private static let basic: Set<Tag> = [
        .specificCharacterSet, .sopClassUID, .sopInstanceUID, Tag(0x0008, 0x0020), .modality, .patientName, .patientID,
        .studyInstanceUID, .seriesInstanceUID,
    ]

    private static func matches(_ file: DICOMFile, _ match: WebQuery.Match) -> Bool {
        guard match.path.count == 1, let tag = match.path.first, !match.value.isEmpty else {
            // A nested attribute, by walking.
            var item: Int?
            for tag in match.path.dropLast() {
                guard let sequence = file.dataSet.child(tag, of: item),
                    let first = file.dataSet.children(of: sequence).first
                else { return match.value.isEmpty }
                item = first
            }
            guard let last = match.path.last, let node = file.dataSet.child(last, of: item) else {
                return match.value.isEmpty
            }
            return match.value.isEmpty || (try? file.values(of: node))?.contains(match.value) == true
        }
        let value = file.text(tag) ?? ""
        if match.value.hasSuffix("*") { return value.hasPrefix(match.value.dropLast()) }
        return match.value.split(separator: "\\").contains { $0 == value }
    }

    // MARK: - Retrieve

    func instances(of resource: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws
        -> Feed<RetrievedInstance>
    {
        note("instances", caller)
        let found = chosen(resource.study, resource.series, resource.instance)
        guard found.isEmpty || found.contains(where: { Self.isGiven($0.file, acceptable) }) else {
            throw WebProblem.notAcceptable("as it is stored alone")
        }
        return Feed(
            found.filter { Self.isGiven($0.file, acceptable) }.map { object in
                RetrievedInstance(
                    transferSyntax: object.file.transferSyntax.uid, length: object.bytes.count,
                    bytes: Feed([ByteBuffer(bytes: object.bytes)]))
            })
    }

    /// As most servers: what is not asked for by name is given as it is stored.
    private static func isGiven(_ file: DICOMFile, _ acceptable: AcceptableSyntaxes) -> Bool {
        acceptable.uids.isEmpty || acceptable.contains(file.transferSyntax.uid)
    }

    func metadata(of resource: StudyResource, for caller: Caller) async throws -> Feed<DICOMFile> {
        note("metadata", caller)
        return Feed(chosen(resource.study, resource.series, resource.instance).map(\.file))
    }

    func file(of instance: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws -> DICOMFile
    {
        note("file", caller)
        guard let object = chosen(instance.study, instance.series, instance.instance).first else {
            throw WebProblem.notFound
        }
        return object.file
    }

    func rendered(_ request: RenderedRequest, for caller: Caller) async throws -> RenderedAnswer {
        note(request.isThumbnail ? "thumbnail" : "rendered", caller)
        guard !chosen(request.resource.study, request.resource.series, request.resource.instance).isEmpty else {
            throw WebProblem.notFound
        }
        return RenderedAnswer(mediaType: "image/png", length: 4, bytes: Feed([ByteBuffer(string: "\u{7F}PNG")]))
    }
}

/// Objects for tests.
enum Sample {
    static func object(
        study: String = "1.2.3", series: String = "1.2.3.4", instance: String = "1.2.3.4.5", name: String = "DOE^JANE",
        patient: String = "X1", frames: Int = 2
    ) -> DataSetBuilder {
        var pixels: [UInt8] = []
        for frame in 0..<frames { pixels += [UInt8](repeating: UInt8(frame + 1), count: 16) }
        return DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.7.2")
            .text(.sopInstanceUID, .UI, instance)
            .text(Tag(0x0008, 0x0020), .DA, "20260102")
            .text(.modality, .CS, "OT")
            .text(.patientName, .PN, name)
            .text(.patientID, .LO, patient)
            .text(.studyInstanceUID, .UI, study)
            .text(.seriesInstanceUID, .UI, series)
            .integers(Tag(0x0028, 0x0002), .US, 1)
            .text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .text(Tag(0x0028, 0x0008), .IS, "\(frames)")
            .integers(Tag(0x0028, 0x0010), .US, 4)
            .integers(Tag(0x0028, 0x0011), .US, 4)
            .integers(Tag(0x0028, 0x0100), .US, 8)
            .sequence(
                Tag(0x0040, 0x0275), [DataSetBuilder().text(Tag(0x0040, 0x0009), .SH, "STEP7")]
            )
            .bytes(.pixelData, .OB, pixels)
    }

    static func file(
        study: String = "1.2.3", series: String = "1.2.3.4", instance: String = "1.2.3.4.5", name: String = "DOE^JANE",
        patient: String = "X1", frames: Int = 2
    ) -> [UInt8] {
        object(study: study, series: series, instance: instance, name: name, patient: patient, frames: frames).file()
    }
}
