/// What all files of a rule set declare, before it is understood: elements by kind, in the order of the files.
struct Declarations {
    /// An element with the `id` that it declares.
    struct Named {
        var id: String
        var idPlace: Place
        var element: XMLElement
        /// Of the enclosing `tier`.
        var tier = 0
        /// Of the enclosing `vocabulary`.
        var system: XMLAttribute?

        /// Of a list.
        var columns: ListColumns {
            ListColumns(
                keys: element.attribute("key")?.words.map(\.text) ?? [],
                value: element.attribute("value")?.words.first?.text)
        }
    }

    var labels: [Named] = []
    var lists: [Named] = []
    var rules: [Named] = []
    var profiles: [Named] = []
    var audiences: [Named] = []

    /// - Parameter path: where a file was opened, by the name it is shown under.
    init(_ files: [RuleFile], log: FindingLog) {
        for file in files {
            for element in file.root.children where element.namespace == file.root.namespace {
                switch element.name {
                case "vocabulary":
                    let system = element.attribute("system")
                    for label in element.children(named: "label") {
                        guard var named = Self.named(label) else { continue }
                        named.system = system
                        labels.append(named)
                    }
                case "tier":
                    guard let number = element.attribute("number")?.tierNumber else { break }
                    for rule in element.children(named: "rule") {
                        guard var named = Self.named(rule) else { continue }
                        named.tier = number
                        rules.append(named)
                    }
                case "list": Self.named(element).map { lists.append($0) }
                case "profile": Self.named(element).map { profiles.append($0) }
                case "audience": Self.named(element).map { audiences.append($0) }
                default: break
                }
            }
        }
        labels = Self.unique(labels, "label", log)
        lists = Self.unique(lists, "list", log)
        rules = Self.unique(rules, "rule", log)
        profiles = Self.unique(profiles, "profile", log)
        audiences = Self.unique(audiences, "audience", log)
    }

    private static func named(_ element: XMLElement) -> Named? {
        guard let attribute = element.attribute("id"), let id = attribute.trimmed else { return nil }
        return Named(id: id, idPlace: attribute.place, element: element)
    }

    /// The first of each name, by name. Every later one is an error that shows both places.
    private static func unique(_ all: [Named], _ kind: String, _ log: FindingLog) -> [Named] {
        var first: [String: Named] = [:]
        for named in all.sorted(by: { ($0.idPlace.location) < ($1.idPlace.location) }) {
            if let other = first[named.id] {
                log.error(
                    .duplicateName, "the \(kind) `\(named.id)` is defined twice", at: named.idPlace,
                    hint: "the other stands at \(other.idPlace.location)")
            } else {
                first[named.id] = named
            }
        }
        return first.values.sorted { $0.id < $1.id }
    }
}

extension XMLAttribute {
    /// 1 to 4.
    var tierNumber: Int? {
        guard let text = trimmed, let number = Int(text), (1...4).contains(number) else { return nil }
        return number
    }
}
