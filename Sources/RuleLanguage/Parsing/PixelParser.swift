/// Reads `pixels` of a profile: areas of pixels, and of which images.
struct PixelParser {
    let log: FindingLog
    let lists: ListNames
    let patterns: CompiledPatterns

    /// What one profile says of pixels.
    struct Written {
        /// By id.
        var areas: [String: SettingsParser.Stated<PixelAreas>] = [:]
        var decodesLossy: SettingsParser.Stated<Bool>?
        var removesFaces: SettingsParser.Stated<Bool>?
    }

    /// More corners than anybody draws.
    private static let mostCorners = 1024
    private static let mostPixels = 65_535

    func parse(_ profile: XMLElement) -> Written {
        var written = Written()
        let all = profile.children(named: "pixels")
        if let second = all.dropFirst().first {
            log.error(.misplacedElement, "a profile has one `pixels`", at: second.place)
        }
        guard let element = all.first else { return written }
        if let attribute = element.attribute("lossy"), let word = attribute.trimmed {
            written.decodesLossy = SettingsParser.Stated(
                value: word == "decode", text: "pixels lossy", place: attribute.place)
        }
        if let attribute = element.attribute("faces"), let word = attribute.trimmed {
            written.removesFaces = SettingsParser.Stated(
                value: word == "remove", text: "pixels faces", place: attribute.place)
        }
        for child in element.children(named: "areas") {
            guard let areas = areas(child), let place = child.attribute("id")?.place else { continue }
            if let other = written.areas[areas.id] {
                log.error(
                    .duplicateName, "the areas `\(areas.id)` are defined twice", at: place,
                    hint: "the others stand at \(other.place.location)")
                continue
            }
            written.areas[areas.id] = SettingsParser.Stated(value: areas, text: "areas \(areas.id)", place: place)
        }
        return written
    }

    private func areas(_ element: XMLElement) -> PixelAreas? {
        guard let id = element.attribute("id")?.trimmed else { return nil }
        let when = element.children(named: "when")
        if let second = when.dropFirst().first {
            log.error(
                .misplacedElement, "areas have one `when`", at: second.place,
                hint: "join conditions with `all` or `any`")
        }
        guard let first = when.first else {
            log.error(
                .missingElement, "the areas `\(id)` do not say of which images they are", at: element.place,
                hint: "write <when>, one condition, </when>")
            return nil
        }
        let parts = element.children.filter { $0.name != "when" && $0.name != "description" }
        guard !parts.isEmpty else {
            log.error(
                .missingElement, "the areas `\(id)` name no part of the image", at: element.place,
                hint: "write <rectangle …/>, or <nothing/> for images that are known to have no text")
            return nil
        }
        if parts.count > 1, let nothing = parts.first(where: { $0.name == "nothing" }) {
            log.error(.misplacedElement, "`nothing` stands alone", at: nothing.place)
        }
        let shapes = parts.compactMap { shape($0) }
        let parser = ConditionParser(log: log, labels: [:], lists: lists, patterns: patterns, tier: 1)
        guard let asked = first.children.first, isOfData(asked), let condition = parser.parse(asked) else {
            if !log.hasErrors { log.error(.invalid, "the condition is not understood", at: first.place) }
            return nil
        }
        SatisfiabilityCheck(log: log, labels: [:], places: parser.places).check(condition)
        return PixelAreas(
            id: id, title: element.attribute("title")?.value, condition: condition,
            shapes: Set(shapes).sorted { "\($0)" < "\($1)" }, location: element.location, text: Self.text(of: element))
    }

    /// Pixels are looked at when nothing is known but the data set.
    private func isOfData(_ condition: XMLElement) -> Bool {
        if ["labelled", "held", "source", "signature"].contains(condition.name) {
            log.error(
                .misplacedElement, "areas ask the data set alone, and `\(condition.name)` asks something else",
                at: condition.place)
            return false
        }
        return condition.children.allSatisfy { isOfData($0) }
    }

    private func shape(_ element: XMLElement) -> PixelShape? {
        switch element.name {
        case "rectangle": rectangle(element)
        case "polygon": polygon(element)
        case "outside-ultrasound-regions": .outsideUltrasoundRegions
        case "text": text(element)
        default: nil
        }
    }

    private func rectangle(_ element: XMLElement) -> PixelShape? {
        func number(_ name: String) -> Int? { element.attribute(name)?.trimmed.flatMap { Int($0) } }
        return .rectangle(
            left: number("left") ?? 0, top: number("top") ?? 0, width: number("width"), height: number("height"))
    }

    private func text(_ element: XMLElement) -> PixelShape? {
        guard let extent = element.attribute("remove")?.trimmed.flatMap(TextRemoval.Extent.init(rawValue:)) else {
            return nil
        }
        guard let keep = element.attribute("keep") else {
            if extent == .unlisted {
                log.error(
                    .missingElement, "it is not said which words stay", at: element.place,
                    hint: "name lists of words: keep=\"words\"; or write remove=\"all\"")
            }
            return .text(TextRemoval(extent))
        }
        guard extent == .unlisted else {
            log.error(
                .badSetting, "`keep` goes with remove=\"unlisted\"", at: keep.place,
                hint: "what identifies is not kept, and of all text nothing is")
            return nil
        }
        let kept = keep.words.compactMap { word -> String? in
            guard lists[word.text] == nil else { return word.text }
            log.error(
                .unknownList, "there is no list `\(word.text)`", at: word.place,
                hint: Spelling.suggestion(for: word.text, among: lists.keys))
            return nil
        }
        return kept.isEmpty ? nil : .text(TextRemoval(extent, kept: Set(kept).sorted()))
    }

    private func polygon(_ element: XMLElement) -> PixelShape? {
        guard let attribute = element.attribute("points") else { return nil }
        var corners: [PixelShape.Corner] = []
        for word in attribute.words {
            let numbers = word.text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let x = numbers[0], let y = numbers[1], 0...Self.mostPixels ~= x,
                0...Self.mostPixels ~= y
            else {
                log.error(
                    .badSetting, "`\(word.text)` is no corner", at: word.place, hint: "write a column and a row: 120,40"
                )
                return nil
            }
            corners.append(PixelShape.Corner(x: x, y: y))
        }
        guard 3...Self.mostCorners ~= corners.count else {
            log.error(
                .badSetting, "a polygon has 3 to \(Self.mostCorners) corners, not \(corners.count)", at: attribute.place
            )
            return nil
        }
        return .polygon(corners)
    }

    /// An element with all that is in it, as one text: the same for what says the same.
    private static func text(of element: XMLElement) -> String {
        let attributes = element.attributes.map { "\($0.name)=\"\($0.value)\"" }.sorted().joined(separator: " ")
        let words = element.text.split { $0.isWhitespace }.joined(separator: " ")
        let children = element.children.filter { $0.name != "description" }.map { text(of: $0) }
        return "<\(element.name) \(attributes)>\(words)\(children.joined())</>"
    }
}
