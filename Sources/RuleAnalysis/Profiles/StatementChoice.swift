public import DICOMCore
import DICOMDictionary
public import DICOMFile
public import RuleLanguage

/// Which statement of a profile speaks of an element, and which less specific ones it beats.
public struct StatementChoice: Sendable, Hashable {
    /// Where the element is: `(0040,0275)/1/(0008,0050)`.
    public var path: String
    public var tag: Tag
    public var vr: VR
    /// The most specific; nil for a profile that says nothing at all, which no loaded one is.
    public var won: ProfileStatement?
    /// From the most specific.
    public var beaten: [ProfileStatement]
    /// The sequence around it that goes, so that nothing of this matters.
    public var goneWith: String?
}

/// A profile's statements by what they choose, in the order in which they win.
public struct StatementTable: Sendable {
    private let bySelector: [ProfileStatement.Selector: ProfileStatement]
    /// Those about a place, the winner first.
    package let paths: [(pattern: PathPattern, statement: ProfileStatement)]

    public init(_ profile: Profile) {
        bySelector = Dictionary(profile.statements.map { ($0.selector, $0) }) { first, _ in first }
        paths = profile.statements.compactMap { statement in
            if case .path(let pattern) = statement.selector { (pattern, statement) } else { nil }
        }.sorted { Self.rank($0.0) < Self.rank($1.0) }
    }

    /// An exact path before `*`, `*` before `**`; then the longer; then by spelling.
    private static func rank(_ pattern: PathPattern) -> (Int, Int, String) {
        let kind = pattern.isExact ? 0 : pattern.steps.contains(.anyDepth) ? 2 : 1
        return (kind, -pattern.steps.count, pattern.description)
    }

    /// The statement that names a tag.
    package func statement(naming tag: Tag) -> ProfileStatement? { bySelector[.tag(tag)] }

    /// Statements about a standard element that is at no place in particular, the winner first.
    /// - Parameter vr: by dictionary.
    public func statements(for tag: Tag, vr: VR) -> [ProfileStatement] {
        var selectors: [ProfileStatement.Selector] = [.tag(tag)]
        if let base = Self.repeatingGroup(of: tag) {
            selectors += [
                .repeating(group: base, element: tag.element), .group(tag.group, repeating: false),
                .group(base, repeating: true),
            ]
        } else {
            selectors.append(.group(tag.group, repeating: false))
        }
        return (selectors + [.vr(vr), .anything]).compactMap { bySelector[$0] }
    }

    /// Statements about a private element of a creator.
    public func statements(forPrivate tag: Tag, creator: String?, vr: VR) -> [ProfileStatement] {
        var selectors: [ProfileStatement.Selector] = []
        if let creator {
            selectors.append(
                .privateElement(group: tag.group, creator: creator, element: UInt8(truncatingIfNeeded: tag.element)))
            selectors.append(.tag(tag))
            selectors.append(.creator(creator))
        }
        selectors += [.group(tag.group, repeating: false), .privateGroups, .vr(vr), .anything]
        return selectors.compactMap { bySelector[$0] }
    }

    /// Curves and overlays (PS3.5 7.6).
    private static func repeatingGroup(of tag: Tag) -> UInt16? {
        switch tag.group & 0xFF00 {
        case 0x5000 where !tag.isPrivate: 0x5000
        case 0x6000 where !tag.isPrivate: 0x6000
        default: nil
        }
    }

    /// The choice for every element of a data set, in its order.
    /// - Parameter limit: elements that are told (P9).
    public func choices(in file: DICOMFile, limit: Int = 20_000) -> [StatementChoice] {
        var named: [DataSetIndex.NodeID: [ProfileStatement]] = [:]
        for (pattern, statement) in paths {
            for node in file.nodes(matching: pattern) { named[node, default: []].append(statement) }
        }
        var result: [StatementChoice] = []
        var gone: [DataSetIndex.NodeID: String] = [:]
        let index = file.dataSet
        for node in index.nodes.indices where result.count < limit {
            let element = index.nodes[node]
            let parent = Int(element.parent)
            if parent >= 0, let place = gone[parent] { gone[node] = place }
            guard element.kind != .item, !element.tag.isGroupLength, !element.tag.isDelimiter else { continue }
            let vr: VR
            let general: [ProfileStatement]
            if element.tag.isPrivate {
                vr = file.valueRepresentation(of: node)
                general = statements(forPrivate: element.tag, creator: index.creator(of: node), vr: vr)
            } else {
                vr = StandardDictionary.vr(of: element.tag) ?? .UN
                general = statements(for: element.tag, vr: vr)
            }
            let all = (named[node] ?? []) + general
            let path = index.path(of: node).description
            result.append(
                StatementChoice(
                    path: path, tag: element.tag, vr: vr, won: all.first, beaten: Array(all.dropFirst()),
                    goneWith: gone[node]))
            if element.kind == .sequence, gone[node] == nil,
                all.first.map({ $0.action == .remove || $0.action == .empty }) ?? false
            {
                gone[node] = path
            }
        }
        return result
    }
}
