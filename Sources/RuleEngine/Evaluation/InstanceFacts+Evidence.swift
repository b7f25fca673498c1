import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

extension InstanceFacts {
    /// What made the data part of a question come out as it did: of `all` and `any` only the parts that decided.
    func evidence(_ question: Question, in scope: Scope = nil) -> [Evidence] {
        switch question {
        case .all(let parts):
            let isFalse = truth(question, in: scope) == .false
            return parts.filter { !isFalse || truth($0, in: scope) == .false }.flatMap { evidence($0, in: scope) }
        case .any(let parts):
            let whole = truth(question, in: scope)
            return parts.filter { truth($0, in: scope) == whole }.flatMap { evidence($0, in: scope) }
        case .not(let part): return evidence(part, in: scope)
        case .labelled: return []
        case .leaf(let leaf): return evidence(leaf, in: scope)
        }
    }

    private func evidence(_ leaf: Question.Leaf, in scope: Scope) -> [Evidence] {
        func note(_ attribute: String, _ problem: String? = nil) -> Evidence {
            Evidence(attribute: attribute, location: leaf.location, problem: problem)
        }
        func notes(_ nodes: some Sequence<DataSetIndex.NodeID>, _ slot: Int) -> [Evidence] {
            nodes.prefix(Evidence.limit).map { note(path(of: $0, slot: slot)) }
        }
        /// The element, or what was asked for where there is none.
        func name(_ node: DataSetIndex.NodeID?, _ slot: Int) -> String {
            node.map { path(of: $0, slot: slot) } ?? place(slot, in: scope)
        }
        /// The elements that were looked at, or the path that led nowhere.
        func lookedAt(_ slot: Int) -> [Evidence] {
            let elements = elements(slot, in: scope)
            if let hiding = elements.hiding { return [note(name(hiding.node, slot), hiding.reason)] }
            return elements.isEmpty ? [note(place(slot, in: scope))] : notes(elements.nodes, slot)
        }
        let truth = truth(leaf, in: scope)
        switch leaf.test {
        case .present(let slot), .absent(let slot): return lookedAt(slot)
        case .empty(let slot):
            return truth == .true
                ? notes(elements(slot, in: scope).nodes.filter { isEmpty($0, slot) == .true }, slot) : lookedAt(slot)
        case .value(let view, let test):
            let slot = table.views[view].slot
            switch truth {
            case .false: return lookedAt(slot)
            case .true:
                let nodes = values(view, in: scope).texts.filter { (try? test($0.text)) == true }.map(\.node)
                return notes(nodes, slot)
            case .unknown:
                return problems(view, test, in: scope).prefix(Evidence.limit).map {
                    note(name($0.node, slot), $0.reason)
                }
            }
        case .inList(let list, let views):
            let lookup = ListLookup(list, views, self, scope)
            if truth == .false { return views.flatMap { lookedAt(table.views[$0].slot) } }
            if truth == .true { return lookup.found.map { note(path(of: $0.node, slot: table.views[$0.view].slot)) } }
            return lookup.problems.prefix(Evidence.limit).map { problem in
                let slot = table.views[problem.view].slot
                return note(name(problem.node, slot), problem.reason)
            }
        case .held:
            let problem = known == nil ? "no registry was asked" : "of a patient who may be this one"
            return [note("registry", truth == .unknown ? problem : nil)]
        case .source: return [note("source")]
        case .preamble: return [note("preamble")]
        case .signature: return [note("(FFFA,FFFA)", truth == .unknown ? "nobody has looked at signatures" : nil)]
        case .unanswerable: return [note("list", "the rule set does not hold it")]
        case .item(_, let slot, let question):
            let (items, opaque) = items(of: slot, in: scope)
            let deciding = items.lazy.filter { self.truth(question, in: $0) == truth }.prefix(Evidence.limit)
            let inner = deciding.flatMap { self.evidence(question, in: $0) }
            let hidden =
                truth == .unknown
                ? opaque.map { note(name($0, slot), $0 == nil ? Readings.notSaid : Readings.hidden) } : []
            return inner.isEmpty && hidden.isEmpty ? lookedAt(slot) : inner + hidden
        }
    }

    private func problems(
        _ view: Int, _ test: Question.ValueTest, in scope: Scope
    ) -> [(reason: String, node: DataSetIndex.NodeID?)] {
        let readings = values(view, in: scope)
        var result = readings.problems
        for reading in readings.texts {
            do throws(ValueError) { _ = try test(reading.text) } catch { result.append((error.reason, reading.node)) }
        }
        return result
    }

    /// The path as the rule means it, for what is not there.
    private func place(_ slot: Int, in scope: Scope) -> String {
        let pattern = table.slots[slot].pattern.description
        return scope.map { "\(file.dataSet.path(of: $0))/\(pattern)" } ?? pattern
    }
}
