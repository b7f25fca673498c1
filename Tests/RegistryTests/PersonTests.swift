import CustodyLog
import Host
import Testing

@testable import Registry

/// One human with several names is one person wherever two must act.
@Suite struct PersonTests {
    private static let other = Scene.person("ada@example.org")

    @Test(arguments: StorageKind.allCases)
    func `who placed a hold does not release it under another name of theirs`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let hold = try scene.place(.study("1.2.3"))
        try scene.registry.link(Scene.ada, with: Self.other, by: Scene.dora, at: Scene.start)
        expect(.anotherPerson) {
            try scene.registry.requestRelease(ofHold: hold.id, reason: "r", by: Self.other, at: Scene.start)
        }
        _ = try scene.registry.requestRelease(ofHold: hold.id, reason: "r", by: Scene.ben, at: Scene.start)
        expect(.anotherPerson) {
            try scene.registry.approveRelease(ofHold: hold.id, reason: "r", by: Self.other, at: Scene.start)
        }
        #expect(try scene.registry.hold(hold.id)?.isInForce == true)
        #expect(try scene.kinds() == [.held, .accountChanged, .forbidden, .releaseRequested, .forbidden])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `what was signed before two names became one counts once`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let hold = try scene.place(.study("1.2.3"))
        _ = try scene.registry.requestRelease(ofHold: hold.id, reason: "r", by: Scene.ben, at: Scene.start)
        // Cy is Ben, by way of a third name, in whatever letters.
        try scene.registry.link(Scene.cy, with: Scene.person("CY@example.org"), by: Scene.dora, at: Scene.start)
        try scene.registry.link(Scene.ben, with: Scene.person("cy@EXAMPLE.org"), by: Scene.dora, at: Scene.start)
        #expect(try scene.registry.isOne(Scene.ben, Scene.cy))
        expect(.anotherPerson) {
            try scene.registry.approveRelease(ofHold: hold.id, reason: "r", by: Scene.cy, at: Scene.start)
        }
        _ = try scene.registry.approveRelease(ofHold: hold.id, reason: "r", by: Scene.dora, at: Scene.start)
        #expect(try scene.registry.linkedPersons().map { Set($0.map(\.name)) } == [["Ben", "Cy", "CY@example.org"]])
    }

    @Test(arguments: StorageKind.allCases)
    func `what who placed a hold asked for under another name releases nothing`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let hold = try scene.place(.study("1.2.3"))
        _ = try scene.registry.requestRelease(ofHold: hold.id, reason: "r", by: Self.other, at: Scene.start)
        try scene.registry.link(Scene.ada, with: Self.other, by: Scene.dora, at: Scene.start)
        expect(.conflict) {
            try scene.registry.approveRelease(ofHold: hold.id, reason: "r", by: Scene.cy, at: Scene.start)
        }
        #expect(try scene.registry.hold(hold.id)?.isInForce == true)
        _ = try scene.registry.declineRelease(ofHold: hold.id, reason: "r", by: Scene.cy, at: Scene.start)
        _ = try scene.registry.requestRelease(ofHold: hold.id, reason: "r", by: Scene.ben, at: Scene.start)
        _ = try scene.registry.approveRelease(ofHold: hold.id, reason: "r", by: Scene.cy, at: Scene.start)
        #expect(try scene.registry.hold(hold.id)?.isInForce == false)
    }

    @Test(arguments: StorageKind.allCases)
    func `a label that tells of a hold is not withdrawn by one human with two names`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        try scene.registry.link(Scene.ada, with: Self.other, by: Scene.dora, at: Scene.start)
        let label = try scene.registry.label(
            "held", on: .study("9"), tellsOfHold: true, reason: "r", by: Scene.cy, at: Scene.start)
        let wished = try scene.registry.withdraw(label: label.id, reason: "r", by: Scene.ada, at: Scene.start)
        let isRequested = if case .requested = wished { true } else { false }
        #expect(isRequested)
        expect(.anotherPerson) {
            try scene.registry.withdraw(label: label.id, reason: "r", by: Self.other, at: Scene.start)
        }
        #expect(try scene.registry.label(label.id)?.withdrawal == nil)
    }

    @Test(arguments: StorageKind.allCases)
    func `a name is not linked with itself, nor twice`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        expect(.invalid) {
            try scene.registry.link(Scene.ada, with: Scene.person("ADA"), by: Scene.dora, at: Scene.start)
        }
        try scene.registry.link(Scene.ada, with: Self.other, by: Scene.dora, at: Scene.start)
        expect(.conflict) { try scene.registry.link(Self.other, with: Scene.ada, by: Scene.dora, at: Scene.start) }
        #expect(try !scene.registry.isOne(Scene.ada, Scene.ben))
        let facts = try scene.lastLeaf().facts
        #expect(facts.contains { $0.name == "change" && $0.value == "same-person" })
    }
}
