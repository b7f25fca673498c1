import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

extension InstanceFacts {
    /// What is left of a question once this instance has been asked.
    func residual(_ question: Question) -> Residual {
        switch question {
        case .all(let parts): .conjunction(parts.map(residual))
        case .any(let parts): .disjunction(parts.map(residual))
        case .not(let part): .negation(residual(part))
        case .labelled(let label, let location): .labelled(label, at: location)
        case .leaf(let leaf): .known(truth(leaf, in: nil))
        }
    }

    /// The truth of a question that asks for no labels; a label counts as unknown.
    func truth(_ question: Question, in scope: Scope = nil) -> Truth {
        switch question {
        case .all(let parts):
            var result = Truth.true
            for part in parts where result != .false { result = result && truth(part, in: scope) }
            return result
        case .any(let parts):
            var result = Truth.false
            for part in parts where result != .true { result = result || truth(part, in: scope) }
            return result
        case .not(let part): return !truth(part, in: scope)
        case .labelled: return .unknown
        case .leaf(let leaf): return truth(leaf, in: scope)
        }
    }

    func truth(_ leaf: Question.Leaf, in scope: Scope) -> Truth {
        switch leaf.test {
        case .present(let slot): presence(slot, in: scope)
        case .absent(let slot): !presence(slot, in: scope)
        case .empty(let slot): emptiness(slot, in: scope)
        case .value(let view, let test): truth(values(view, in: scope), test)
        case .inList(let list, let views): ListLookup(list, views, self, scope).truth
        case .held(let matter): known?.isHeld(in: matter) ?? .unknown
        case .source(let wanted): isExcerpt ? .unknown : Truth(source.isFrom(wanted))
        case .preamble(let kind): isExcerpt ? .unknown : Truth(file.preamble.rawValue == kind.rawValue)
        case .signature(let state): isExcerpt ? .unknown : signature.map { Truth($0 == state) } ?? .unknown
        case .item(let quantifier, let slot, let question): truth(quantifier, slot, question, in: scope)
        case .unanswerable: .unknown
        }
    }

    private func truth(_ readings: Readings, _ test: Question.ValueTest) -> Truth {
        var isUnknown = !readings.problems.isEmpty
        for reading in readings.texts {
            do throws(ValueError) {
                if try test(reading.text) { return .true }
            } catch {
                isUnknown = true
            }
        }
        return isUnknown ? .unknown : .false
    }

    /// Known of every data set, but where the element may be hidden.
    private func presence(_ slot: Int, in scope: Scope) -> Truth {
        let elements = elements(slot, in: scope)
        return elements.isEmpty ? (elements.hiding == nil ? .false : .unknown) : .true
    }

    private func emptiness(_ slot: Int, in scope: Scope) -> Truth {
        let elements = elements(slot, in: scope)
        let none: Truth = elements.hiding == nil ? .false : .unknown
        return elements.nodes.reduce(none) { $0 || isEmpty($1, slot) }
    }

    /// No bytes, or in text nothing but padding. Unknown when the file does not give them.
    func isEmpty(_ node: DataSetIndex.NodeID, _ slot: Int) -> Truth {
        let part = part(of: slot)
        let index = part == .dataSet ? file.dataSet : file.fileMeta
        if index.isEmpty(node) { return .true }
        let element = index.nodes[node]
        guard element.kind == .element, element.vr.isText, element.valueEnd - element.valueStart <= 1 << 12 else {
            return .false
        }
        guard let bytes = try? file.bytes(of: node, in: part) else { return .unknown }
        return Truth(bytes.allSatisfy { $0 == 0x20 || $0 == 0 })
    }

    private func truth(
        _ quantifier: Condition.Quantifier, _ slot: Int, _ question: Question, in scope: Scope
    ) -> Truth {
        let (items, opaque) = items(of: slot, in: scope)
        var result: Truth = quantifier == .some ? .false : .true
        if !opaque.isEmpty { result = .unknown }
        if items.isEmpty { return opaque.isEmpty ? .false : .unknown }
        for item in items {
            let answer = truth(question, in: item)
            switch quantifier {
            case .some:
                if answer == .true { return .true }
                result = result || answer
            case .every:
                if answer == .false { return .false }
                result = result && answer
            }
        }
        return result
    }

    /// The items of all sequences in the slot, and what is there and is no sequence that can be read, or (nil) may be there
    /// and is not said.
    func items(of slot: Int, in scope: Scope) -> (items: [DataSetIndex.NodeID], opaque: [DataSetIndex.NodeID?]) {
        let elements = elements(slot, in: scope)
        var items: [DataSetIndex.NodeID] = []
        var opaque: [DataSetIndex.NodeID?] = []
        if let hiding = elements.hiding { opaque.append(hiding.node) }
        for node in elements.nodes {
            if file.dataSet.nodes[node].kind == .sequence {
                items += file.dataSet.childRange(of: node)
            } else if !file.dataSet.isEmpty(node) {
                opaque.append(node)
            }
        }
        return (items, opaque)
    }
}

extension Condition.Source {
    /// Whether everything that a rule says of a source is so. What is not known of an instance is not there.
    func isFrom(_ wanted: Condition.Source) -> Bool {
        func agrees(_ own: String?, _ wanted: String?) -> Bool {
            wanted.map { Comparison.trimmed($0) == own.map(Comparison.trimmed) } ?? true
        }
        return agrees(aeTitle, wanted.aeTitle) && agrees(address, wanted.address) && agrees(user, wanted.user)
            && agrees(role, wanted.role)
    }
}
