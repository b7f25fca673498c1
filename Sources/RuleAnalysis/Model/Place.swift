import DICOMCore
import DICOMDictionary
import RuleLanguage

/// Where conditions look: an attribute at the top level, or in the items of sequences, by the paths that lead there.
struct PlaceKey: Hashable {
    /// The sequences in whose items the path begins, from the outermost.
    var scope: [PathPattern]
    var pattern: PathPattern
}

/// How values of an attribute are read: a person name by its parts.
struct ViewKey: Hashable {
    var component: AttributeReference.NameComponent?
    var group: AttributeReference.NameGroup?
}

/// An attribute as the rules ask for it: a few variables for its state, one for each class of its values.
///
/// Several elements may be meant (`**`, `*`, private elements of several blocks); then the states may hold together. Where it
/// is one element, it has one state. Where the dictionary gives it one value (VM 1), one class holds.
final class Place {
    let key: PlaceKey
    let vr: VR?
    let isSequence: Bool
    /// Whether at most one element is meant.
    let isOneElement: Bool
    /// Whether it has one value by the dictionary, of which one thing is read: a name has several parts and groups.
    let isOneValue: Bool
    /// Whether it is one person name.
    let isOneName: Bool
    /// Whether a sequence that nobody can take apart may hide it.
    let canHide: Bool
    var views: [ViewKey: View] = [:]
    /// Of a sequence: what rules ask of its items.
    var items = Items()
    var states: States?

    init(_ key: PlaceKey, vr: VR?, isSequence: Bool) {
        self.key = key
        self.vr = vr
        self.isSequence = isSequence
        let pattern = key.pattern
        isOneElement = pattern.namesOneElement
        canHide = !pattern.steps.isEmpty
        var isSingle = false
        if case .standard(let tag) = pattern.element {
            isSingle = StandardDictionary.entry(for: tag)?.multiplicity == "1"
        }
        let isOne = isOneElement && (isSingle || vr?.isSingleText == true)
        isOneValue = isOne && vr != .PN
        isOneName = isOne && vr == .PN
    }

    /// Its variables, in the order of the diagrams: values first, so that examples without any come first.
    struct States {
        var filled: Int
        var unreadable: Int
        var hidden: Int?
        var empty: Int
        /// Of one element; several are absent when no state holds.
        var absent: Int?

        var all: [Int] { [filled, unreadable, hidden, empty, absent].compactMap { $0 } }
    }

    /// Comparisons that read its values in one way, with the classes of these.
    final class View {
        var atoms: [ComparedAtom] = []
        var numbers: [String: Int] = [:]
        var classes: [ValueClass] = []
        /// One for each class, without gaps between them.
        var variables: [Int] = []
        /// By comparison: the classes that are not false of it.
        var answers: [[(found: Int, answer: ClassAnswer)]] = []
        /// Of comparisons that are free in some class: whether a value of such a class makes it true.
        var bits: [Int: Int] = [:]
        /// Of those of which a value may leave them unknown.
        var doubts: [Int: Int] = [:]
        /// Whether at most one class holds.
        var isExclusive = false
    }

    /// Conditions on items. An item's class is how all of them come out for it.
    struct Items {
        var conditions: [Condition] = []
        var numbers: [String: Int] = [:]
        var classes: [ItemClass] = []
        var variables: [Int] = []
        /// Where there are too many classes: of each condition whether some item makes it true, and whether every one.
        var isOpaque = false
        var bits: [String: Int] = [:]
    }

    /// Items of which every condition comes out the same.
    struct ItemClass {
        var truths: [ItemTruth]
        /// What such an item is, in variables of the places in it.
        var function: DecisionDiagrams.Function
    }

    enum ItemTruth: CaseIterable { case `true`, `false`, unknown }
}
