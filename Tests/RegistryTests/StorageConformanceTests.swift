import CustodyLog
import Dispatch
import Foundation
import Host
import Synchronization
import Testing

@testable import Registry

/// What every storage promises. Another implementation adds a case to `StorageKind` and passes the same.
@Suite struct StorageConformanceTests {
    private func rows<Result: Sendable>(
        _ scene: Scene, _ body: @escaping @Sendable (any StorageWriting) throws -> Result
    ) throws -> Result {
        try scene.registry.storage.write(body)
    }

    @Test(arguments: StorageKind.allCases)
    func `every record reads back as it was written`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instances = ["1.1", "1.2", "1.3"].map(Samples.fullInstance)
        try rows(scene) { (rows) throws in
            let leaf = try rows.append(Samples.event())
            for instance in instances { try rows.insert(RecordedInstance(instance: instance, leaf: leaf)) }
            for (index, scope) in Samples.scopes.enumerated() {
                let id = Int64(index + 1)
                try rows.insert(Samples.label(id, scope), leaf: leaf)
                try rows.insert(Samples.hold(id, scope), leaf: leaf)
                try rows.insert(Samples.retention(id, scope), leaf: leaf)
            }
        }
        try rows(scene) { (rows) throws in
            for instance in instances {
                #expect(try rows.instance(instance.digest) == RecordedInstance(instance: instance, leaf: 0))
            }
            #expect(try rows.instance("no") == nil)
            for (index, scope) in Samples.scopes.enumerated() {
                let id = Int64(index + 1)
                #expect(try rows.label(id) == Samples.label(id, scope))
                #expect(try rows.hold(id) == Samples.hold(id, scope))
                #expect(try rows.retention(id) == Samples.retention(id, scope))
            }
            let count = Int64(Samples.scopes.count)
            #expect(try rows.labels(after: 2, limit: 2).map(\.id) == [3, 4])
            #expect(try rows.holds(after: 0, unreleasedOnly: false, limit: .max).map(\.id) == Array(1...count))
            #expect(try rows.retentions(after: 4, limit: 9).map(\.id) == [5])
            #expect(try rows.label(count + 1) == nil)
            #expect(try rows.hold(count + 1) == nil)
            #expect(try rows.retention(count + 1) == nil)
            #expect(try rows.count(.hold) == Int(count))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `wishes, reviews, releases and withdrawals change what they are about and nothing else`(
        kind: StorageKind
    ) throws {
        let scene = try Scene(kind)
        try rows(scene) { (rows) throws in
            let leaf = try rows.append(Samples.event())
            for id in Int64(1)...3 {
                try rows.insert(Samples.hold(id, .study("1"), matter: "M \(id % 2)"), leaf: leaf)
                try rows.insert(Samples.label(id, .study("1")), leaf: leaf)
                try rows.insert(Samples.retention(id, .study("1")), leaf: leaf)
            }
            try rows.setReleaseRequest(Samples.wish("Ben"), ofHold: 2, leaf: leaf)
            try rows.setReleaseRequest(Samples.wish("Cy"), ofHold: 2, leaf: leaf)
            try rows.setReleaseRequest(Samples.wish("Cy"), ofHold: 3, leaf: leaf)
            try rows.setReleaseRequest(nil, ofHold: 3, leaf: leaf)
            try rows.setRelease(Samples.wish("Dora"), ofHold: 2, leaf: leaf)
            for next in [nil, Scene.later(70)] {
                try rows.append(
                    Hold.Review(person: Scene.cy, reason: "needed", time: Scene.later(3), next: next), toHold: 1,
                    leaf: leaf)
            }
            try rows.setWithdrawalRequest(Samples.wish("Ben"), ofLabel: 1, leaf: leaf)
            try rows.setFeedWish(Samples.wish("adt"), ofLabel: 1, leaf: leaf)
            try rows.setWithdrawal(
                LabelRecord.Withdrawal(reason: "r", author: Scene.ben, second: Scene.cy, time: Scene.later(8)),
                ofLabel: 1, leaf: leaf)
            try rows.setWithdrawal(
                LabelRecord.Withdrawal(reason: "r", author: Scene.ben, time: Scene.later(8)), ofLabel: 2, leaf: leaf)
            try rows.setEnd(Scene.later(7), ofRetention: 3, leaf: leaf)
            try rows.setScope(.patient(PatientIdentity(id: "erased 1")), of: .label, 3)
        }
        try rows(scene) { (rows) throws in
            let holds = try rows.holds(after: 0, unreleasedOnly: false, limit: .max)
            #expect(holds.map(\.isInForce) == [true, false, true])
            #expect(holds.map(\.releaseRequest) == [nil, Samples.wish("Cy"), nil])
            #expect(holds[1].release == Samples.wish("Dora"))
            #expect(holds[0].reviews.map(\.next) == [nil, Scene.later(70)])
            #expect(holds[0].review == Scene.later(70))
            #expect(try rows.holds(after: 0, unreleasedOnly: true, limit: .max).map(\.id) == [1, 3])
            #expect(try rows.holds(matter: "M 1", after: 0, unreleasedOnly: false, limit: .max).map(\.id) == [1, 3])
            #expect(try rows.hold(ofRule: "set/rule", matter: "M 0", scope: .study("1"))?.id == 2)
            #expect(try rows.hold(ofRule: "set/rule", matter: "M 1", scope: .study("1")) == nil)
            #expect(try rows.label(1)?.withdrawalRequest == Samples.wish("Ben"))
            #expect(try rows.label(1)?.feedWish == Samples.wish("adt"))
            #expect(try rows.label(2)?.feedWish == nil)
            #expect(try rows.label(1)?.withdrawal?.second == Scene.cy)
            #expect(try rows.label(2)?.withdrawal?.second == nil)
            #expect(try rows.label(3)?.withdrawal == nil)
            #expect(try rows.label(3)?.scope == .patient(PatientIdentity(id: "erased 1")))
            #expect(try rows.retention(3)?.until == Scene.later(7))
            #expect(try rows.retention(2)?.until == Scene.later(100))
        }
        expect(.damaged) { try rows(scene) { try $0.setRelease(Samples.wish("Ada"), ofHold: 99, leaf: 0) } }
        expect(.damaged) { try rows(scene) { try $0.setEnd(Scene.start, ofRetention: 99, leaf: 0) } }
    }

    @Test(arguments: StorageKind.allCases)
    func `instances are found by what they say, in order, in pages`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let one = Scene.instance("1.1", study: "1", patient: "p1", issuer: "A", [.accessionNumber: "Acc"])
        let two = Scene.instance("1.2", study: "1\\2", patient: "P1\\P2", [.accessionNumber: "ACC"])
        let three = Scene.instance("1.1", study: nil, patient: nil, bytes: "b", unreadable: [.patientID])
        try rows(scene) { (rows) throws in
            let leaf = try rows.append(Samples.event())
            for instance in [one, two, three] {
                try rows.insert(RecordedInstance(instance: instance, leaf: leaf))
            }
        }
        func found(_ selection: InstanceSelection) throws -> [String] {
            try rows(scene) { try $0.instances(selection, after: nil, limit: .max).map(\.instance.digest) }
        }
        @Sendable func digests(_ instances: Instance...) -> [String] { instances.map(\.digest).sorted() }
        #expect(try found(.all) == digests(one, two, three))
        #expect(try found(.sopInstance("1.1")) == digests(one, three))
        #expect(try found(.study("1")) == digests(one, two))
        #expect(try found(.study("2")) == digests(two))
        #expect(try found(.patientKey("p1")) == digests(one, two))
        #expect(try found(.patientKey("p2")) == digests(two))
        #expect(try found(.accessionKey("acc")) == digests(one, two))
        #expect(try found(.accessionKey("ac")) == [])
        #expect(try found(.unreadable(.patientID)) == digests(three))
        #expect(try found(.unreadable(.studyInstanceUID)) == [])
        try rows(scene) { (rows) throws in
            let all = digests(one, two, three)
            #expect(try rows.instances(.all, after: all[0], limit: 1).map(\.instance.digest) == [all[1]])
            #expect(try rows.instances(.all, after: all[2], limit: 1).isEmpty)
            let pages = try rows.instances(.study("1"), after: digests(one, two)[0], limit: 5)
            #expect(pages.map(\.instance.digest) == [digests(one, two)[1]])
            #expect(
                try rows.patients(ofStudy: "1") == [
                    PatientIdentity(id: "P1"), PatientIdentity(id: "P2"), PatientIdentity(id: "p1", issuer: "A"),
                ])
            #expect(try rows.studies(ofPatientKey: "p1").map(\.study) == ["1", "1", "2"])
            try rows.setRemoved(one.digest, at: Scene.later(4), leaf: 0)
            #expect(try rows.instance(one.digest)?.removed == Scene.later(4))
            try rows.setAttributes([:], unreadable: [], of: one.digest)
            #expect(try rows.instance(one.digest)?.instance.attributes == [:])
            #expect(try rows.keys(ofInstance: one.digest) == [])
            #expect(try rows.patients(ofStudy: "1") == [PatientIdentity(id: "P1"), PatientIdentity(id: "P2")])
            try rows.setAttributes(one.attributes, unreadable: [], of: one.digest)
            #expect(try rows.instance(one.digest)?.instance == one)
            #expect(try rows.patients(ofStudy: "1").count == 3)
            #expect(try rows.instanceCount() == 3)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `anchors find their owners by value and by attribute`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        try rows(scene) { (rows) throws in
            try rows.insertAnchors(["PatientID=a", "PatientID=b"], of: .hold, 1)
            try rows.insertAnchors(["PatientID=a"], of: .hold, 2)
            try rows.insertAnchors(["PatientID=a"], of: .label, 3)
            try rows.insertAnchors([Anchor.none], of: .hold, 4)
            try rows.insertAnchors(["StudyDate=20260101"], of: .hold, 5)
        }
        func owners(_ anchors: Set<String>, _ attributes: Set<InstanceAttribute> = []) throws -> [Int64] {
            try rows(scene) { try $0.owners(.hold, anchors: anchors, attributes: attributes) }
        }
        #expect(try owners(["PatientID=a"]) == [1, 2])
        #expect(try owners(["PatientID=b", "PatientID=c", Anchor.none]) == [1, 4])
        #expect(try owners([]) == [])
        #expect(try owners([], [.patientID]) == [1, 2])
        #expect(try owners(["PatientID=b"], [.studyDate, .patientName]) == [1, 5])
        #expect(try owners(Set((0..<500).map { "PatientID=\($0)" } + ["PatientID=a"])) == [1, 2])
        try rows(scene) { try $0.removeAnchors(of: .hold, 1) }
        #expect(try owners(["PatientID=a", "PatientID=b"]) == [2])
        let labels = try rows(scene) { try $0.owners(.label, anchors: ["PatientID=a"], attributes: []) }
        #expect(labels == [3])
    }

    @Test(arguments: StorageKind.allCases)
    func `lists, decisions, keys and activations read back`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.1")
        let cells = ["a\tb", "c\\d", ""]
        try rows(scene) { (rows) throws in
            let leaf = try rows.append(Samples.event())
            try rows.insertList("vip", columns: ["PatientID", "Issuer", "Note"])
            for id in Int64(1)...3 {
                let row = ListRow(
                    id: id, list: "vip", cells: cells + ["\(id)"], added: Samples.wish("Ada"), removed: nil)
                try rows.insert(row, leaf: leaf)
            }
            try rows.setRemoved(Samples.wish("Ben"), ofListRow: 2, leaf: leaf)
            try rows.insert(RecordedInstance(instance: instance, leaf: leaf))
            for id in Int64(1)...2 {
                var entry = ActTests.decision(
                    instance, key: id == 1 ? "k" : nil, output: id == 1 ? Scene.digest("o") : nil)
                entry.id = id
                entry.profile = id == 1 ? "p" : nil
                try rows.insert(entry, leaf: leaf)
            }
            try rows.insertKeyUse("k", study: "1")
            try rows.insertKeyUse("k", study: "1")
            try rows.insertKeyUse("k", study: "")
            try rows.setDestroyed(key: "old", leaf: leaf)
            try rows.insert(
                Activation(
                    id: 1, ruleSet: "r", revision: 3, digest: "d", tier: 2, author: Scene.ada, reason: "x",
                    time: Scene.start), leaf: leaf)
            try rows.setMeta("a", "1")
            try rows.setMeta("a", "2")
        }
        try rows(scene) { (rows) throws in
            #expect(try rows.listNames() == ["vip"])
            #expect(try rows.listColumns("vip") == ["PatientID", "Issuer", "Note"])
            #expect(try rows.listColumns("no") == nil)
            #expect(try rows.listRows("vip", removedToo: false).map(\.id) == [1, 3])
            let all = try rows.listRows("vip", removedToo: true)
            #expect(all.map(\.removed) == [nil, Samples.wish("Ben"), nil])
            #expect(all.first?.cells == cells + ["1"])
            #expect(try rows.listRow("vip", cells: cells + ["3"])?.id == 3)
            #expect(try rows.listRow("vip", cells: cells + ["2"]) == nil)
            #expect(try rows.listRowCounts(ofLeaf: 0) == (3, 1))
            let decisions = try rows.decisions(ofInstance: instance.digest)
            #expect(decisions.map(\.id) == [1, 2])
            #expect(decisions.map(\.key) == ["k", nil])
            #expect(try rows.decisions(before: .max, limit: 9) == decisions.reversed())
            #expect(try rows.decisions(before: 2, limit: 9).map(\.id) == [1])
            #expect(try rows.decisions(before: .max, limit: 1).map(\.id) == [2])
            #expect(try rows.decision(1) == decisions[0])
            #expect(try rows.decision(9) == nil)
            #expect(try rows.isKey("k", usedIn: "1"))
            #expect(try !rows.isKey("k", usedIn: "2"))
            #expect(try rows.studies(ofKey: "k", after: nil, limit: 9) == ["", "1"])
            #expect(try rows.studies(ofKey: "k", after: "", limit: 9) == ["1"])
            #expect(try rows.key("k") == KeyState(isDestroyed: false))
            #expect(try rows.key("old") == KeyState(isDestroyed: true))
            #expect(try rows.key("none") == nil)
            #expect(try rows.activation(1)?.revision == 3)
            #expect(try rows.activations(ofRuleSet: "r").count == 1)
            #expect(try rows.activations(after: 1, limit: 9).isEmpty)
            #expect(try rows.meta("a") == "2")
            #expect(try rows.meta("b") == nil)
        }
        // What must be there once is there once.
        #expect(throws: (any Error).self) {
            try rows(scene) { (rows) throws in
                try rows.insert(
                    ListRow(
                        id: 9, list: "vip", cells: cells + ["1"], added: Samples.wish("Ada"), removed: nil), leaf: 0)
            }
        }
        #expect(throws: (any Error).self) {
            try rows(scene) { try $0.insert(RecordedInstance(instance: instance, leaf: 0)) }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `records of leaves that are not there are refused`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let works: [@Sendable (any StorageWriting) throws -> Void] = [
            { try $0.insert(RecordedInstance(instance: Scene.instance("1"), leaf: 0)) },
            { try $0.insert(Samples.hold(1, .study("1")), leaf: 0) },
            { try $0.insert(Samples.label(1, .study("1")), leaf: 0) },
            { try $0.insert(Samples.retention(1, .study("1")), leaf: 0) },
        ]
        for work in works { expect(.damaged) { try rows(scene, work) } }
    }

    @Test(arguments: StorageKind.allCases)
    func `a failing transaction takes back all that it wrote, its leaf and its number too`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let first = try scene.place(.study("1"))
        for _ in 0..<3 {
            #expect(throws: Asked.self) {
                try rows(scene) { (rows) throws in
                    #expect(try rows.nextNumber(.hold) == first.id + 1)
                    let leaf = try rows.append(Samples.event(), about: [.patient("p1")])
                    try rows.insert(Samples.hold(first.id + 1, .study("1")), leaf: leaf)
                    try rows.insertAnchors(["StudyInstanceUID=1"], of: .hold, first.id + 1)
                    throw Asked()
                }
            }
        }
        #expect(try scene.place(.study("2")).id == first.id + 1)
        #expect(try scene.kinds() == [.held, .held])
        #expect(try scene.registry.holds(inForceForStudy: "1", at: Scene.start) == [first])
        try scene.checkLog()
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `openings are kept apart, found by whom they are about, and erased`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        try rows(scene) { (rows) throws in
            for text in ["a", "b", "c"] {
                let about: Set<LeafSubject> = text == "b" ? [] : [.patient("p1"), .study("1")]
                try rows.append(Samples.event(text), about: about)
            }
            try rows.append(CustodyEvent(.verified, time: Scene.start, actor: "Ada"), about: [.patient("p1")])
        }
        let root = try scene.registry.readLog { try $0.root(size: 4) }
        try rows(scene) { (rows) throws in
            #expect(try rows.leaves(about: .patient("p1")) == [0, 2])
            #expect(try rows.leaves(about: .study("1")) == [0, 2])
            #expect(try rows.leaves(about: .instance("1")) == [])
            let openings = try rows.openings(at: 0)
            #expect(openings.map(\.value) == ["P1", "a"])
            let leaf = try rows.leaf(at: 0)
            #expect(zip(openings, leaf.commitments).allSatisfy { $0.opens($1) })
            try rows.removeOpenings(ofLeaf: 0)
            #expect(try rows.openings(at: 0) == [])
            #expect(try rows.openings(at: 2).count == 2)
            try rows.remove(.patient("p1"), ofLeaf: 0)
            #expect(try rows.leaves(about: .patient("p1")) == [2])
            #expect(try rows.leaves(about: .study("1")) == [0, 2])
            #expect(try rows.leafBytes(at: 4) == nil)
            #expect(try rows.openings(at: 4) == [])
        }
        let after = try scene.registry.readLog { try $0.root(size: 4) }
        #expect(after == root)
        try scene.checkLog()
    }

    @Test(arguments: StorageKind.allCases)
    func `many threads write at once, nothing is lost and failures stay alone`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let failed = Mutex(0)
        let threads = 16, each = 20
        Workers.run(threads, tick: {}) { thread in
            for round in 0..<each {
                do {
                    _ = try scene.registry.storage.write { (rows) throws in
                        let number = try rows.nextNumber(.label)
                        let leaf = try rows.append(Samples.event("\(thread) \(round)"))
                        try rows.insert(Samples.label(number, .study("\(thread).\(round)")), leaf: leaf)
                        if round % 5 == 4 { throw Asked() }
                        return number
                    }
                } catch {
                    failed.withLock { $0 += error is Asked ? 1 : 1_000_000 }
                }
            }
        }
        #expect(failed.withLock { $0 } == threads * each / 5)
        let labels = try scene.registry.labels()
        #expect(labels.count == threads * each * 4 / 5)
        #expect(labels.map(\.id) == (1...Int64(labels.count)).map { $0 })
        #expect(Set(labels.map(\.scope)).count == labels.count)
        let size = try scene.registry.readLog { try $0.logSize() }
        #expect(size == labels.count)
        try scene.checkLog()
    }

    @Test(arguments: StorageKind.allCases)
    func `a reader sees one state, whatever is written meanwhile`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try scene.place(.study("1"))
        let registry = scene.registry
        try registry.storage.read { (rows) throws in
            let before = try rows.logSize()
            let done = DispatchSemaphore(value: 0)
            Thread {
                _ = try? registry.place(Scene.order(.study("2")), by: Scene.ada, at: Scene.start)
                done.signal()
            }.start()
            done.wait()
            #expect(try rows.logSize() == before)
            #expect(try rows.holds(after: 0, unreleasedOnly: false, limit: .max).count == 1)
        }
        #expect(try registry.holds().count == 2)
    }
}
