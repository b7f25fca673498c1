extension Registry {
    /// Whose decisions something that is known of a scope may change.
    public struct Reach: Hashable, Sendable {
        /// Study Instance UIDs, as instances have them.
        public var studies: Set<String> = []
        /// Digests of instances that name no study.
        public var instances: Set<String> = []
    }

    /// What a label or a hold on a scope is about, or may be: where what the scope asks for cannot be read, and by links, those
    /// that have ended among them, too. `instances(matching:)` gives what a query certainly means; by that nobody may tell
    /// whose decisions are as good as before.
    public func reach(of scope: Scope) throws -> Reach { try storage.read { try $0.reach(of: scope) } }
}

extension StorageReading {
    fileprivate func reach(of scope: Scope) throws -> Registry.Reach {
        var reach = Registry.Reach()
        let pageSize = 1000
        for selection in try candidates(of: scope) {
            var last: String?
            while true {
                let page = try instances(selection, after: last, limit: pageSize)
                for record in page {
                    let instance = record.instance
                    guard try mayMean(scope, instance) else { continue }
                    if let study = instance.attributes[.studyInstanceUID] {
                        reach.studies.insert(study)
                    } else {
                        reach.instances.insert(instance.digest)
                    }
                }
                guard page.count == pageSize, let end = page.last else { break }
                last = end.instance.digest
            }
        }
        return reach
    }

    private func mayMean(_ scope: Scope, _ instance: Instance) throws -> Bool {
        // What an instance says by itself is asked first: the rest has to be looked up.
        if scope.agreement(with: instance, patients: []) != .no { return true }
        // By a study and by links nothing is meant but patients.
        switch scope {
        case .study, .instance: return false
        case .query(let query):
            let ofPatients: Set<InstanceAttribute> = [.patientID, .issuerOfPatientID]
            guard query.terms.contains(where: { ofPatients.contains($0.attribute) }) else { return false }
        case .patient: break
        }
        return try InstanceView(of: instance, in: self).mayBeMeant(by: scope)
    }

    /// The narrowest indices that have all that may be meant.
    private func candidates(of scope: Scope) throws -> Set<InstanceSelection> {
        var named: [PatientIdentity] = []
        switch scope {
        case .patient(let patient): named = [patient]
        case .study, .instance: break
        case .query(let query):
            for term in query.terms where term.attribute == .patientID {
                guard case .oneOf(let keys)? = TermPattern(term) else { continue }
                named += try links(ofPatientKeys: keys).flatMap { [$0.one, $0.other] }.filter {
                    keys.contains(FoldedText.key($0.id))
                }
            }
        }
        var scopes = [scope]
        scopes += try aliases(of: named).map { Scope.patient($0.identity) }
        let selections = Set(try scopes.flatMap { try self.selections(of: $0) })
        guard !selections.contains(.all) else { return [.all] }
        // Whoever has something else there is not meant; of whom it cannot be read, nobody knows.
        return selections.union(selections.compactMap(\.attribute).map { .unreadable($0) })
    }
}
