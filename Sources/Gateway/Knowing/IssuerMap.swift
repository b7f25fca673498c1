internal import HealthLevelSeven
internal import Registry

/// Which Patient ID of which issuer an identifier of a message is.
struct IssuerMap: Sendable {
    private let configuration: GatewayConfiguration.HL7
    /// Table 0203: numbers of accounts and visits are nobody's Patient ID.
    private static let visitTypes: Set<String> = ["AN", "ANON", "ANC", "AND", "ANT", "VN"]

    init(_ configuration: GatewayConfiguration.HL7) { self.configuration = configuration }

    /// The identities of a person, each once; empty when none of the identifiers is a Patient ID.
    func identities(_ identifiers: [PersonIdentifier]) -> [PatientIdentity] {
        unique(
            identifiers.filter { isPatientID($0.type) }.map { identifier in
                let names = [
                    identifier.namespace.map { namespace in
                        [namespace, identifier.universalID ?? "", identifier.universalIDType ?? ""].joined(
                            separator: "&")
                    }, identifier.universalID, identifier.namespace,
                ].compactMap { $0 }
                let mapped = names.lazy.compactMap { configuration.authorities[$0] }.first
                return PatientIdentity(
                    id: identifier.id,
                    issuer: mapped ?? identifier.namespace ?? identifier.universalID ?? configuration.issuer)
            })
    }

    func identities(_ identifiers: [SecuredResource.Identifier]) -> [PatientIdentity] {
        unique(
            identifiers.filter { isPatientID($0.type) }.map { identifier in
                let system = identifier.system
                return PatientIdentity(
                    id: identifier.value,
                    issuer: system.flatMap { configuration.authorities[$0] } ?? system ?? configuration.issuer)
            })
    }

    private func isPatientID(_ type: String?) -> Bool {
        guard let type else { return true }
        return configuration.identifierTypes.isEmpty
            ? !Self.visitTypes.contains(type) : configuration.identifierTypes.contains(type)
    }

    private func unique(_ identities: [PatientIdentity]) -> [PatientIdentity] {
        var seen = Set<PatientIdentity>()
        return identities.filter { seen.insert($0).inserted }
    }
}
