import Host
import TestSupport
import Testing

@testable import Registry

/// Random sequences of all that is done, against a model that fits on a page.
@Suite struct ModelTests {
    @Test(arguments: StorageKind.allCases, 1...8)
    func `the registry does what the model does, whatever is done in whatever order`(
        kind: StorageKind, seed: UInt64
    ) throws {
        var run = try ModelRun(kind, seed: seed)
        for step in 1...300 {
            try run.step()
            if step % 50 == 0 { try run.compare() }
        }
        #expect(run.done.count == 10, "only \(run.done.sorted()) were done")
        let check = try run.scene.registry.check()
        #expect(check.findings == [])
        #expect(!run.refused.isEmpty)
    }
}

/// One run: does the same to both, and compares what comes of it.
struct ModelRun {
    let scene: Scene
    var model = Model()
    var generator: SeededGenerator
    /// Which actions came to be done.
    var done = Set<Int>()
    var refused = Set<Int>()
    static let people = [Scene.ada, Scene.ben, Scene.cy, Scene.dora]
    /// What is done, several times where it should be done more often.
    static let kinds = [0, 0, 0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9]

    init(_ kind: StorageKind, seed: UInt64) throws {
        scene = try Scene(kind)
        generator = SeededGenerator(seed: seed)
    }

    private var registry: Registry { scene.registry }
    private var now: Instant { Scene.later(model.time) }

    private mutating func random(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
    private mutating func one<Value>(of values: [Value]) -> Value { values[random(values.count)] }

    private mutating func patient() -> PatientIdentity {
        PatientIdentity(id: one(of: ["P1", "P2", "P3", "P4"]), issuer: one(of: [nil, nil, "A", "B"]))
    }

    private mutating func scope() -> Scope {
        switch random(6) {
        case 0: .patient(patient())
        case 1: .study("1.\(random(5))")
        case 2: .instance("2.\(random(20))")
        case 3: .query(InstanceQuery(terms: [.init(attribute: .modality, value: one(of: ["ct", "MR"]))]))
        case 4: .query(InstanceQuery(terms: [.init(attribute: .patientName, value: one(of: ["roe*", "Doe^J*"]))]))
        default:
            .query(
                InstanceQuery(terms: [
                    .init(attribute: .studyDate, value: one(of: ["20260101-20260131", "20250101-20261231"])),
                    .init(attribute: .modality, value: one(of: ["CT", "M*"])),
                ]))
        }
    }

    private mutating func instance() -> Instance {
        let patient = patient()
        var more: [InstanceAttribute: String] = [:]
        if random(4) > 0 { more[.modality] = one(of: ["CT", "MR", "US"]) }
        if random(4) > 0 { more[.patientName] = one(of: ["Roe^Jane", "ROE^Jim", "Doe^John"]) }
        if random(4) > 0 { more[.studyDate] = one(of: ["20260115", "20250815", "20240101"]) }
        return Scene.instance(
            "2.\(random(20))", study: "1.\(random(5))", patient: random(6) == 0 ? nil : patient.id,
            issuer: patient.issuer, bytes: "\(more) \(patient)", more)
    }

    mutating func step() throws {
        let action = random(Self.kinds.count)
        model.time += Int64(random(3))
        let isDone =
            switch action {
            case 0, 1, 2: try receive()
            case 3: try place()
            case 4, 5: try requestRelease()
            case 6, 7: try approveRelease()
            case 8: try remove()
            case 9: try label()
            case 10: try withdraw()
            case 11: try retain()
            case 12: try change()
            default: try useOrDestroyKey()
            }
        let kind = Self.kinds[action]
        if isDone { done.insert(kind) } else { refused.insert(kind) }
    }

    /// Whether the registry did it, which must be what the model says.
    private func attempt(_ isExpected: Bool, _ codes: Set<RegistryError.Code>, _ work: () throws -> Void) -> Bool {
        do {
            try work()
            #expect(isExpected, "it was done")
            return true
        } catch let error as RegistryError {
            #expect(!isExpected && codes.contains(error.code), "\(error)")
        } catch {
            Issue.record("an error of another kind: \(error)")
        }
        return false
    }

    private mutating func receive() throws -> Bool {
        let instance = instance()
        let isNew = try registry.receive(instance, by: Scene.ada).isNew
        #expect(isNew == !model.instances.contains { $0.digest == instance.digest })
        if isNew { model.instances.append(instance) }
        model.removed.remove(instance.digest)
        return true
    }

    private mutating func place() throws -> Bool {
        // Few enough stand that something is free.
        guard model.holds.filter({ !$0.isReleased }).count < 4 else { return false }
        let scope = scope(), person = random(4), start = one(of: [0, 0, 20] as [Int64])
        let order = Scene.order(scope, start: start == 0 ? nil : Scene.later(model.time + start))
        let hold = try registry.place(order, by: Self.people[person], at: now)
        model.holds.append(.init(scope: scope, placedBy: person, start: model.time + start))
        #expect(hold.id == Int64(model.holds.count))
        return true
    }

    private mutating func requestRelease() throws -> Bool {
        guard !model.holds.isEmpty else { return false }
        let index = random(model.holds.count), person = random(4), hold = model.holds[index]
        let isDone = attempt(
            !hold.isReleased && hold.request == nil && hold.placedBy != person, [.conflict, .anotherPerson]
        ) {
            _ = try registry.requestRelease(
                ofHold: Int64(index + 1), reason: "r", by: Self.people[person], at: now)
        }
        if isDone { model.holds[index].request = person }
        return isDone
    }

    private mutating func approveRelease() throws -> Bool {
        guard !model.holds.isEmpty else { return false }
        let index = random(model.holds.count), person = random(4), hold = model.holds[index]
        let isDone = attempt(
            !hold.isReleased && hold.request != nil && hold.request != person && hold.placedBy != person,
            [.conflict, .anotherPerson]
        ) {
            _ = try registry.approveRelease(
                ofHold: Int64(index + 1), reason: "r", by: Self.people[person], at: now)
        }
        if isDone { model.holds[index].isReleased = true }
        return isDone
    }

    private mutating func remove() throws -> Bool {
        guard !model.instances.isEmpty else { return false }
        let chosen = one(of: model.instances)
        let study = chosen.attributes[.studyInstanceUID] ?? ""
        let isStudy = random(2) == 0
        let targets = isStudy ? model.instances.filter { $0.attributes[.studyInstanceUID] == study } : [chosen]
        let act = one(of: [Act.delete, .delete, .overwrite, .coerce, .acceptRejection("113001")])
        let isRejection = act == .acceptRejection("113001")
        let isDone = attempt(model.maySeeGone(targets, retentionForbids: !isRejection), [.forbidden]) {
            let permit = try registry.perform(
                act, on: isStudy ? .study(study) : .bytes([chosen.digest]), by: Scene.dora, reason: "r", at: now)
            #expect(permit.digests == targets.map(\.digest).sorted())
        }
        if isDone, !isRejection { model.removed.formUnion(targets.map(\.digest)) }
        return isDone
    }

    private mutating func label() throws -> Bool {
        let scope = scope(), tells = random(2) == 0
        let label = try registry.label(
            "vip", on: scope, tellsOfHold: tells, reason: "r", by: Scene.ada, at: now)
        model.labels.append(.init(scope: scope, tellsOfHold: tells))
        #expect(label.id == Int64(model.labels.count))
        return true
    }

    private mutating func withdraw() throws -> Bool {
        guard !model.labels.isEmpty else { return false }
        let index = random(model.labels.count), person = random(4), label = model.labels[index]
        let isSecond = label.request.map { $0 != person } ?? true
        let isDone = attempt(
            !label.isWithdrawn && !model.isHeld(label.scope) && isSecond, [.conflict, .forbidden, .anotherPerson]
        ) {
            _ = try registry.withdraw(label: Int64(index + 1), reason: "r", by: Self.people[person], at: now)
        }
        guard isDone else { return false }
        if label.tellsOfHold, label.request == nil {
            model.labels[index].request = person
        } else {
            model.labels[index].isWithdrawn = true
        }
        return true
    }

    private mutating func retain() throws -> Bool {
        guard model.retentions.filter({ model.time < $0.until }).count < 3 else { return false }
        let scope = scope(), isCompliance = random(2) == 0, length = Int64(1 + random(60))
        let retention = try registry.retain(
            scope, until: Scene.later(model.time + length), mode: isCompliance ? .compliance : .governance,
            reason: "r", by: Scene.ada, at: now)
        model.retentions.append(.init(scope: scope, isCompliance: isCompliance, until: model.time + length))
        #expect(retention.id == Int64(model.retentions.count))
        return true
    }

    private mutating func change() throws -> Bool {
        guard !model.retentions.isEmpty else { return false }
        let index = random(model.retentions.count), retention = model.retentions[index]
        let until = retention.until + Int64(random(21) - 10), bypassing = random(2) == 0
        let isLonger = until > retention.until
        let isAllowed = isLonger || (until < retention.until && !retention.isCompliance && bypassing)
        let isDone = attempt(isAllowed, [.forbidden, .invalid]) {
            _ =
                isLonger
                ? try registry.extend(
                    retention: Int64(index + 1), until: Scene.later(until), reason: "r", by: Scene.ben, at: now)
                : try registry.shorten(
                    retention: Int64(index + 1), until: Scene.later(until), reason: "r", by: Scene.ben,
                    bypassingGovernance: bypassing, at: now)
        }
        if isDone { model.retentions[index].until = until }
        return isDone
    }

    private mutating func useOrDestroyKey() throws -> Bool {
        if random(3) == 0 {
            let isDone = attempt(model.mayDestroyKey, [.forbidden]) {
                try registry.perform(.destroyKey("k"), by: Scene.dora, reason: "r", at: now)
            }
            if isDone {
                model.isKeyDestroyed = true
                model.studiesOfKey = model.studiesOfKey ?? []
            }
            return isDone
        }
        guard !model.instances.isEmpty else { return false }
        let instance = one(of: model.instances)
        let isDone = attempt(!model.isKeyDestroyed, [.conflict]) {
            try registry.record(ActTests.decision(instance, key: "k", time: now))
        }
        if isDone {
            model.studiesOfKey = (model.studiesOfKey ?? []).union([instance.attributes[.studyInstanceUID] ?? ""])
        }
        return isDone
    }

    /// Whether both have the same.
    func compare() throws {
        for instance in model.instances {
            let record = try registry.instance(instance.digest)
            #expect(record?.instance == instance)
            #expect((record?.removed != nil) == model.removed.contains(instance.digest))
            let holds = try registry.holds(inForceFor: instance.digest, at: now).map { Int($0.id) - 1 }
            #expect(holds == model.holds(on: instance))
            let labels = try registry.labels(for: instance, at: now).map { Int($0.id) - 1 }
            #expect(
                labels
                    == model.labels.indices.filter {
                        !model.labels[$0].isWithdrawn && model.covers(model.labels[$0].scope, instance)
                    })
            let retentions = try registry.retentions(inForceFor: instance, at: now)
            #expect(!retentions.isEmpty == model.isRetained(instance))
        }
        for scope in model.holds.map(\.scope) {
            let found = try registry.instances(matching: scope).map(\.instance.digest)
            #expect(found == model.instances.filter { model.covers(scope, $0) }.map(\.digest).sorted())
        }
        #expect(try registry.instanceCount() == model.instances.count)
    }
}
