import DICOMCore
import DICOMFile
import RuleLanguage

/// Every attribute that the rules ask for, once: a slot for each path, a view for each way of reading its values. Slots of
/// single tags are filled by one pass over an instance's index, whatever the number of rules.
struct AttributeTable: Sendable {
    /// Where a slot's elements are found.
    enum Place: Sendable, Hashable {
        /// In file meta information.
        case fileMeta
        /// One tag at the top level: found in passing.
        case topLevel(Tag)
        /// One tag at any depth: found in passing.
        case anyDepth(Tag)
        /// Any other path: walked when a rule asks. Nothing is there unless the gate, a slot of the top level, is.
        case walked(gate: Int?)
    }

    struct Slot: Sendable {
        var pattern: PathPattern
        var place: Place
    }

    /// How the values of a slot are read.
    struct View: Sendable, Hashable {
        var slot: Int
        /// By dictionary.
        var vr: VR?
        var component: AttributeReference.NameComponent?
        var group: AttributeReference.NameGroup?
        var folding: Condition.Folding
    }

    private(set) var slots: [Slot] = []
    private(set) var views: [View] = []
    /// Whether a pass must look below the top level.
    private(set) var hasAnyDepth = false
    private var slotNumbers: [PathPattern: Int] = [:]
    private var viewNumbers: [View: Int] = [:]
    private(set) var tags = TagTable()
    /// What instances must hold: all, until `finish`; then what the slots need.
    private(set) var selected = ElementSelection.everything

    mutating func slot(_ pattern: PathPattern) -> Int {
        if let known = slotNumbers[pattern] { return known }
        let place = place(of: pattern)
        let number = slots.count
        slots.append(Slot(pattern: pattern, place: place))
        slotNumbers[pattern] = number
        switch place {
        case .topLevel(let tag): tags[tag].topLevel = number
        case .anyDepth(let tag):
            tags[tag].anyDepth = number
            hasAnyDepth = true
        case .fileMeta, .walked: break
        }
        return number
    }

    /// To be called when all slots are there.
    mutating func finish() { selected = selection }

    /// What an index must hold for all slots to be found in it.
    private var selection: ElementSelection {
        var result = ElementSelection([Tag]())
        for slot in slots where !slot.pattern.isFileMeta {
            let first: PathPattern.Element
            switch slot.pattern.steps.first {
            case nil: first = slot.pattern.element
            case .sequence(let element, _)?: first = element
            case .anyDepth?: return .everything
            }
            switch first {
            case .standard(let tag): result.insert(tag)
            case .privateElement(let group, _, _): result.insert(group: group)
            case .repeating: return .everything
            }
        }
        return result
    }

    mutating func view(_ reference: AttributeReference, folding: Condition.Folding = []) -> Int {
        let view = View(
            slot: slot(reference.path), vr: reference.vr, component: reference.component, group: reference.group,
            folding: folding)
        if let known = viewNumbers[view] { return known }
        viewNumbers[view] = views.count
        views.append(view)
        return views.count - 1
    }

    private mutating func place(of pattern: PathPattern) -> Place {
        if pattern.isFileMeta { return .fileMeta }
        if case .standard(let tag) = pattern.element {
            if pattern.steps.isEmpty { return .topLevel(tag) }
            if pattern.steps == [.anyDepth] { return .anyDepth(tag) }
        }
        guard case .sequence(.standard(let tag), _)? = pattern.steps.first else { return .walked(gate: nil) }
        return .walked(gate: slot(PathPattern(tag)))
    }
}

/// Slots by tag, looked up for every element of an instance: open addressing, a load of at most one half.
struct TagTable: Sendable {
    struct Entry: Sendable {
        var topLevel = -1
        var anyDepth = -1
    }

    private var keys: [UInt32] = [UInt32](repeating: .max, count: 64)
    private var entries: [Entry] = [Entry](repeating: Entry(), count: 64)
    private var count = 0
    private var shift: UInt32 = 26

    /// Fibonacci hashing: tags of one group differ in few low bits.
    private func place(_ key: UInt32) -> Int {
        var index = Int((key &* 0x9E37_79B9) >> shift)
        while keys[index] != key, keys[index] != .max { index = (index + 1) & (keys.count - 1) }
        return index
    }

    func find(_ tag: Tag) -> Entry? {
        let index = place(tag.rawValue)
        return keys[index] == tag.rawValue ? entries[index] : nil
    }

    /// (FFFF,FFFF) stands for a free place; it is no tag of anything.
    subscript(tag: Tag) -> Entry {
        get { find(tag) ?? Entry() }
        set {
            guard tag.rawValue != .max else { return }
            if find(tag) == nil, count * 2 >= keys.count { grow() }
            let index = place(tag.rawValue)
            if keys[index] == .max { count += 1 }
            keys[index] = tag.rawValue
            entries[index] = newValue
        }
    }

    private mutating func grow() {
        let old = zip(keys, entries).filter { $0.0 != .max }
        keys = [UInt32](repeating: .max, count: keys.count * 2)
        entries = [Entry](repeating: Entry(), count: keys.count)
        shift -= 1
        for (key, entry) in old {
            let index = place(key)
            keys[index] = key
            entries[index] = entry
        }
    }
}
