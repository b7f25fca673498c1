import Host
import Testing

@testable import Registry

/// Whose decisions change with what is placed on a scope.
@Suite struct ReachTests {
    @Test(arguments: StorageKind.allCases)
    func `whoever a label may count for is reached by its scope, and nobody else`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let plain = Scene.instance("1.1", study: "1"), other = Scene.instance("2.1", study: "2", patient: "P2")
        let hidden = Scene.instance("3.1", study: "3", patient: nil, unreadable: [.patientID])
        let alone = Scene.instance("4.1", study: nil, patient: nil, unreadable: [.patientID, .studyInstanceUID])
        let linked = Scene.instance("5.1", study: "5", patient: "Q5")
        let instances = [plain, other, hidden, alone, linked]
        for instance in instances { try scene.registry.receive(instance, by: Scene.ada) }
        _ = try scene.registry.link(
            PatientIdentity(id: "P1"), PatientIdentity(id: "Q5"), kind: .merge, reason: "one person", by: Scene.ada,
            at: Scene.start)
        let query = InstanceQuery(terms: [.init(attribute: .patientID, value: "P1")])
        let scopes: [Scope] = [
            .patient(PatientIdentity(id: "P1")), .query(query), .study("1"), .instance("1.1"),
        ]
        for scope in scopes {
            let reach = try scene.registry.reach(of: scope)
            let label = try scene.registry.label("vip", on: scope, reason: "r", by: Scene.ada, at: Scene.start)
            for instance in instances {
                let isLabelled = try scene.registry.labels(for: instance, at: Scene.start).contains {
                    $0.id == label.id
                }
                let isReached =
                    instance.attributes[.studyInstanceUID].map { reach.studies.contains($0) }
                    ?? reach.instances.contains(instance.digest)
                #expect(isReached == isLabelled)
            }
        }
        #expect(try scene.registry.reach(of: .query(query)).studies == ["1", "3", "5"])
        #expect(try scene.registry.reach(of: .query(query)).instances == [alone.digest])
        #expect(try scene.registry.check().findings == [])
    }
}
