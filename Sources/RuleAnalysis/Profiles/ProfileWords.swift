import DICOMCore
import DICOMDictionary
public import RuleLanguage

extension ProfileAction {
    /// As the language writes it: `keep`, `by-type dummy, empty, remove`.
    public var words: String {
        switch self {
        case .keep: "keep"
        case .remove: "remove"
        case .empty: "empty"
        case .replace(let text): "replace by \"\(text)\""
        case .dummy: "dummy"
        case .clean: "clean"
        case .uid: "uid"
        case .pseudonym: "pseudonym"
        case .shiftDate: "shift-date"
        case .truncateDate(let precision): "truncate-date to \(precision.rawValue)"
        case .capAge(let years): "cap-age at \(years)"
        case .hash(let digits): "hash of \(digits) digits"
        case .lookup(let list, let otherwise): "lookup in \(list), otherwise \(otherwise.words)"
        case .encrypt(let then): "encrypt, then \(then.words)"
        case .byType(let type1, let type2, let type3): "by-type \(type1.words), \(type2.words), \(type3.words)"
        }
    }
}

extension ProfileStatement.Selector {
    /// What it chooses: `PatientName`, `group 0010`, `vr PN`, `anything`.
    public var words: String {
        switch self {
        case .path(let pattern): "\(pattern)"
        case .tag(let tag):
            StandardDictionary.entry(for: tag).map { $0.keyword.isEmpty ? "\(tag)" : $0.keyword } ?? "\(tag)"
        case .repeating(let group, let element): "\(PathPattern(element: .repeating(group: group, element: element)))"
        case .privateElement(let group, let creator, let element):
            "\(PathPattern(element: .privateElement(group: group, creator: creator, element: element)))"
        case .creator(let creator): "creator \(creator)"
        case .group(let group, let isRepeating):
            "group \(isRepeating ? String(hexadecimal(group).prefix(2)) + "xx" : hexadecimal(group))"
        case .privateGroups: "private groups"
        case .vr(let vr): "vr \(vr)"
        case .anything: "anything"
        }
    }
}
