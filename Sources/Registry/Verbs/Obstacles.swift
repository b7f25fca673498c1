internal import CustodyLog
internal import Host

/// What forbids an act (P6).
struct Obstacles {
    private(set) var holds: [Int64: Hold] = [:]
    private(set) var retentions: [Int64: Retention] = [:]

    var isEmpty: Bool { holds.isEmpty && retentions.isEmpty }

    mutating func add(_ holds: [Hold]) {
        for hold in holds { self.holds[hold.id] = hold }
    }

    mutating func add(_ retentions: [Retention]) {
        for retention in retentions { self.retentions[retention.id] = retention }
    }

    /// What whoever tried is told: all of them, in words the first few.
    func error(_ act: Act) -> RegistryError {
        let holds = holds.values.sorted { $0.id < $1.id }
        let retentions = retentions.values.sorted { $0.id < $1.id }
        var parts: [String] = []
        if !holds.isEmpty {
            let names = holds.prefix(Self.most).map { "\($0.id) (matter \($0.matter))" }.joined(separator: ", ")
            parts.append("\(holds.count == 1 ? "hold" : "holds") \(names)" + Self.rest(holds.count))
        }
        if !retentions.isEmpty {
            let names = retentions.prefix(Self.most).map { "\($0.id) (until \($0.until))" }.joined(separator: ", ")
            parts.append("\(retentions.count == 1 ? "retention" : "retentions") \(names)" + Self.rest(retentions.count))
        }
        return RegistryError(
            .forbidden, "`\(act.name)` is forbidden by \(parts.joined(separator: " and "))",
            advice: holds.isEmpty
                ? "it can be done when they have run out"
                : "it can be done once all these holds are released by two people",
            holds: holds, retentions: retentions)
    }

    private static let most = 5

    private static func rest(_ count: Int) -> String { count > most ? " and \(count - most) more" : "" }

    /// As facts of the event that tells of the attempt. The number of all, and the numbers of the first hundred.
    var facts: [CustodyEvent.Fact] {
        [
            CustodyEvent.Fact("holds", String(holds.count)),
            CustodyEvent.Fact("retentions", String(retentions.count)),
        ] + holds.keys.sorted().prefix(100).map { CustodyEvent.Fact("hold", String($0)) }
            + retentions.keys.sorted().prefix(100).map { CustodyEvent.Fact("retention", String($0)) }
    }
}

extension StorageReading {
    /// Holds in force that cover an instance, or may. A look-up at each of its values.
    func holds(
        covering instance: Instance, at time: Instant, memory: RecordMemory = RecordMemory()
    ) throws -> [Hold] {
        try InstanceView(of: instance, in: self, memory: memory).holds(at: time).map(\.record)
    }

    func retentions(covering instance: Instance, at time: Instant) throws -> [Retention] {
        try InstanceView(of: instance, in: self).retentions(at: time).map(\.record)
    }

    /// What forbids an act on instances, on a label or on a key: the one place where P6 is decided.
    func obstacles(to act: Act, on instances: [Instance], at time: Instant) throws -> Obstacles {
        var obstacles = Obstacles()
        for instance in instances {
            obstacles.add(try holds(covering: instance, at: time))
            if act.isForbiddenByRetention { obstacles.add(try retentions(covering: instance, at: time)) }
        }
        switch act {
        case .delete, .overwrite, .coerce, .acceptRejection: break
        case .withdrawLabel(let id):
            guard let label = try label(id) else { throw RegistryError.unknown("label \(id)") }
            obstacles.add(try holds(overlapping: label.scope, at: time))
        case .destroyKey(let fingerprint): obstacles.add(try holds(onWorkOf: fingerprint, at: time))
        }
        return obstacles
    }

    /// Holds in force over anything that a scope is about: the same patient, study or instance, and each instance.
    func holds(overlapping scope: Scope, at time: Instant) throws -> [Hold] {
        var found: [Int64: Hold] = [:]
        // Whom the scope names is also whom they are linked with.
        if case .patient(let patient) = scope {
            for alias in try aliases(of: [patient]) {
                let anchors = Set(Anchor.of(.patient(alias.identity)))
                for id in try owners(.hold, anchors: anchors, attributes: []) {
                    guard let hold = try hold(id), hold.isInForce(at: time), alias.covers(hold.placed),
                        case .patient(let held) = hold.scope, held.mayBe(alias.identity)
                    else { continue }
                    found[id] = hold
                }
            }
        }
        for id in try owners(.hold, anchors: Set(Anchor.of(scope)), attributes: []) {
            guard let hold = try hold(id), hold.isInForce(at: time) else { continue }
            // Two queries may mean the same; where one cannot tell, they do.
            let isMeant =
                switch (scope, hold.scope) {
                case (.patient(let one), .patient(let other)): one.mayBe(other)
                case (.study(let one), .study(let other)), (.instance(let one), .instance(let other)): one == other
                case (.query(let one), .query(let other)): one == other
                default: false
                }
            if isMeant { found[id] = hold }
        }
        let memory = RecordMemory()
        for record in try instances(matching: scope) {
            for hold in try holds(covering: record.instance, at: time, memory: memory) { found[hold.id] = hold }
        }
        return found.values.sorted { $0.id < $1.id }
    }

    /// Holds in force over a study in which the key made pseudonyms. A key that the registry never saw at work, and work of
    /// which the study cannot be told, may be on anything that is held.
    private func holds(onWorkOf fingerprint: String, at time: Instant) throws -> [Hold] {
        let cannotBeTold = try key(fingerprint) == nil || isKey(fingerprint, usedIn: "")
        var found: [Hold] = []
        var queries: [Hold] = []
        try forEachHoldInForce(at: time) { hold in
            if cannotBeTold {
                found.append(hold)
                return
            }
            switch hold.scope {
            case .patient(let patient):
                let people = try [patient] + aliases(of: [patient]).filter { $0.covers(hold.placed) }.map(\.identity)
                let theirs = try people.flatMap { person in
                    try studies(ofPatientKey: FoldedText.key(person.id)).filter { person.mayBe($0.patient) }
                }
                if try theirs.contains(where: { try isKey(fingerprint, usedIn: $0.study) }) { found.append(hold) }
            case .study(let uid): if try isKey(fingerprint, usedIn: uid) { found.append(hold) }
            case .instance(let uid):
                let studies = try instances(.sopInstance(uid), after: nil, limit: .max).flatMap {
                    $0.instance.values(of: .studyInstanceUID)
                }
                if try studies.contains(where: { try isKey(fingerprint, usedIn: $0) }) { found.append(hold) }
            case .query: queries.append(hold)
            }
        }
        found += try holds(queries, coveringWorkOf: fingerprint)
        return found
    }

    /// Those that cover an instance of a study in which the key was used, or may.
    private func holds(_ holds: [Hold], coveringWorkOf fingerprint: String) throws -> [Hold] {
        var open = holds
        var found: [Hold] = []
        var last: String?
        while !open.isEmpty {
            let studies = try studies(ofKey: fingerprint, after: last, limit: 1000)
            for study in studies {
                for record in try instances(.study(study), after: nil, limit: .max) {
                    let patients = try patients(of: record.instance)
                    let aliases = try aliases(of: record.instance.patients + patients)
                    let covers = { (hold: Hold) in
                        hold.scope.agreement(with: record.instance, patients: patients) != .no
                            || aliases.contains {
                                $0.covers(hold.placed)
                                    && hold.scope.agreement(
                                        with: record.instance.renamed($0.identity), patients: [$0.identity]) != .no
                            }
                    }
                    found += open.filter(covers)
                    open.removeAll(where: covers)
                }
            }
            guard studies.count == 1000 else { break }
            last = studies.last
        }
        return found
    }

    func forEachHoldInForce(at time: Instant, _ body: (Hold) throws -> Void) throws {
        var last: Int64 = 0
        while true {
            let page = try holds(after: last, unreleasedOnly: true, limit: 1000)
            for hold in page where hold.isInForce(at: time) { try body(hold) }
            guard page.count == 1000, let end = page.last else { return }
            last = end.id
        }
    }
}
