import DICOMCore

/// What a reader of the record should know, each once, without values. An enhanced image has the same story a thousand
/// times, and a list has an end.
struct Notes {
    static let limit = 100

    private var seen: Set<Note> = []
    private var order: [Note] = []
    private var omitted = 0

    private struct Note: Hashable {
        var tag: Tag
        var text: String
    }

    mutating func add(_ tag: Tag, _ text: String) {
        let note = Note(tag: tag, text: text)
        guard seen.insert(note).inserted else { return }
        if order.count < Self.limit { order.append(note) } else { omitted += 1 }
    }

    var texts: [String] {
        let listed = order.map { "\($0.tag) \($0.text)" }
        return omitted == 0 ? listed : listed + ["\(omitted) more notes left out"]
    }
}

extension Walk {
    /// Where what was done is not what the profile says.
    mutating func note(_ tag: Tag, _ treatment: Treatment, _ disposal: Disposal) {
        switch (treatment, disposal) {
        case (.remove, .dummy), (.empty, .dummy): notes.add(tag, "kept as a dummy: Type 1")
        case (.remove, .empty): notes.add(tag, "kept without a value: Type 2")
        default: break
        }
    }
}
