import DICOMCore
import DICOMDictionary
import DICOMFile
import Inputs

/// Everything about one output that can be told from it and its original.
struct OutputCheck: Sendable {
    /// A date in text, to be judged when the patient's offset is known.
    struct WrittenDate: Sendable, Hashable {
        var day: Int32
        var isBirth = false
        var place: String
        var value: String
    }

    var issues: [Comparison.Issue] = []
    var uids: [Comparison.UIDPair] = []
    var dates: [Comparison.DatePair] = []
    var writtenDates: [WrittenDate] = []
    var original: Int?
    var patient: Int32?
    var isDICOM = false
    var isUnreadable = false
    var isSkipped = false
    var retainsUIDs = false
    var hasShiftedDates = false
    /// Frames whose pixels were read.
    var frameCount = 0
    /// There are pixels, and they could not be read.
    var hasUnreadPixels = false
    /// The path itself identifies somebody.
    var pathIdentifies = false
}

extension DICOMFile {
    fileprivate func isSameInstance(as other: DICOMFile) -> Bool {
        let tag = Tag(0x0008, 0x0018)
        return text(tag) != nil && text(tag) == other.text(tag)
    }
}

extension OutputCheck {
    /// - Parameter path: below OUT.
    init(
        _ name: InputName, path: String, originals: Originals, matching: Matching, reader: InputReader,
        originalReader: InputReader, pixels: (any PixelTextReading)? = nil
    ) {
        var scanner = Scanner(book: originals.book)
        original = matching.original(ofPath: path)
        guard let input = try? reader.open(name, whole: true) else {
            isUnreadable = true
            search(path, scanner)
            return
        }
        let file = try? input.file()
        isDICOM = file != nil || input.beginsAsDICOM
        isUnreadable = isDICOM && file == nil
        guard let file else {
            search(path, scanner)
            searchWhole(input, path, scanner)
            return
        }
        let isDirectory = file.text(Tag(0x0002, 0x0002)) == UID.mediaStorageDirectory
        if original == nil, !isDirectory {
            original = matching.original(
                sopInstanceUID: IdentifierBook.hash(file.text(Tag(0x0008, 0x0018)) ?? ""),
                pixels: PixelIdentity.beginning(of: file), shape: PixelIdentity.shape(of: file))
        }
        let state = DeclaredState(file)
        var before: DICOMFile?
        if let original {
            patient = originals.entries[original].patient
            before = (try? originalReader.open(originals.names[original], whole: true)).flatMap { try? $0.file() }
            isUnreadable = before == nil
        }
        // What an earlier de-identifier said wrongly of its own work is not this one's fault.
        let inherited = Set(
            (before.map { DeclaredState($0).issues } ?? []).filter {
                ["(0028,0301)", "(0028,0302)"].contains($0.place)
            })
        // What the original said already speaks of what was done before, not of this output.
        let isOld = before.map { DeclaredState($0).options == state.options && $0.isSameInstance(as: file) } ?? false
        let options = isOld ? [] : state.options
        scanner.patient = patient
        scanner.options = options
        retainsUIDs = options.contains(.retainUIDs)
        hasShiftedDates = options.contains(.retainModifiedDates)
        search(path, scanner)
        FilePlaces(file: file).forEach(head: input.head) { place in
            var hits = scanner.hits(in: place.bytes, as: place.kind)
            if let text = place.text { hits.formUnion(scanner.hits(in: text)) }
            add(hits, place.name)
        }
        if file.transferSyntax.isDeflated { searchTail(input, scanner) }
        searchDates(file, scanner)
        guard !isDirectory else { return }
        if let pixels { searchPixels(file, scanner, pixels) }
        issues += state.issues.filter { $0.category != .required || !inherited.contains($0) }
        guard original != nil else {
            issues.append(
                .init(category: .unmatched, place: "file", detail: "no original is known that it was made of"))
            issues += PrivateElements.issues(in: file, original: nil, options: options)
            return
        }
        guard let before else { return }
        let comparison = Comparison(original: before, output: file, options: options)
        issues += comparison.issues
        uids = comparison.uids
        dates = comparison.dates
        issues += PrivateElements.issues(in: file, original: before, options: options)
        comparePixels(before, file, options)
    }

    /// Dates that stand in elements made for dates, wherever these are.
    private mutating func searchDates(_ file: DICOMFile, _ scanner: Scanner) {
        guard let patient else { return }
        let births = scanner.book.birthDates[patient] ?? []
        let dates = scanner.options.contains(.retainFullDates) ? [] : scanner.book.dates[patient] ?? []
        for (node, element) in file.dataSet.nodes.enumerated() where element.kind == .element && element.valueLength > 0
        {
            let vr = file.valueRepresentation(of: node)
            guard vr == .DA || vr == .DT else { continue }
            for value in TextValues.lenient(of: node, in: file, .dataSet) {
                guard let day = DayNumber.of(value), births.contains(day) || dates.contains(day) else { continue }
                writtenDates.append(
                    WrittenDate(
                        day: day, isBirth: births.contains(day), place: "\(file.dataSet.path(of: node))", value: value))
            }
        }
    }

    private mutating func comparePixels(_ before: DICOMFile, _ after: DICOMFile, _ options: DeidentificationOptions) {
        let tag = Tag(0x7FE0, 0x0010)
        guard let old = PixelIdentity.whole(of: before) else { return }
        guard let new = PixelIdentity.whole(of: after) else {
            issues.append(.init(category: .pixels, place: "\(tag)", detail: "the pixels are gone"))
            return
        }
        guard !options.contains(.cleanPixelData), before.transferSyntax == after.transferSyntax, old != new else {
            return
        }
        issues.append(
            .init(category: .pixels, place: "\(tag)", detail: "the pixels are others, though none were cleaned"))
    }

    private mutating func search(_ path: String, _ scanner: Scanner) {
        let count = issues.count
        add(scanner.hits(in: path), "file name")
        pathIdentifies = issues.count > count || !writtenDates.isEmpty
    }

    private mutating func searchWhole(_ input: OpenedInput, _ path: String, _ scanner: Scanner) {
        var tail: [UInt8] = []
        try? input.forEachPiece { piece in
            let bytes = tail + Array(piece)
            let isText = bytes.count(where: { $0 < 0x09 || $0 > 0x0D && $0 < 0x20 }) * 100 < bytes.count
            add(scanner.hits(in: bytes, as: isText ? .text : .bytes), "file")
            if isText, bytes.contains(where: { $0 >= 0x80 }) {
                add(scanner.hits(in: TextValues.lenient(bytes)), "file")
            }
            tail = Array(bytes.suffix(512))
        }
    }

    /// What stands behind a deflated stream.
    private mutating func searchTail(_ input: OpenedInput, _ scanner: Scanner) {
        var tail: [UInt8] = []
        try? input.forEachPiece { piece in tail = Array((tail + Array(piece.suffix(4096))).suffix(4096)) }
        add(scanner.hits(in: tail, as: .pixels), "end of the deflated data set")
    }

    mutating func add(_ hits: Set<Hit>, _ place: String) {
        for hit in hits.sorted(by: { $0.value < $1.value }) {
            let source = hit.source.map { "from \(Comparison.name($0)) of an original" } ?? "of the original"
            switch hit.kind {
            case .date:
                guard let day = hit.day else { continue }
                writtenDates.append(WrittenDate(day: day, place: place, value: hit.value))
                continue
            case .birthDate: append(.birthDate, place, source, hit.value)
            case .name: append(.name, place, source, hit.value)
            case .number: append(.number, place, source, hit.value)
            case .text: append(.text, place, source, hit.value)
            case .uid: append(.uid, place, source, hit.value)
            }
        }
    }

    private mutating func append(_ category: Finding.Category, _ place: String, _ detail: String, _ value: String) {
        // A name is told once for a place and the attribute it comes from, however many of its parts stand there.
        guard !issues.contains(where: { $0.category == category && $0.place == place && $0.detail == detail }) else {
            return
        }
        issues.append(.init(category: category, place: place, detail: detail, value: value))
    }
}
