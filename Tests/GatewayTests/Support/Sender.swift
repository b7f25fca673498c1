import DICOMNetwork

/// A sender that says what it likes: DCMTK's would not send what is broken.
enum Sender {
    static let ct = "1.2.840.10008.5.1.4.1.1.2"
    static let explicit = "1.2.840.10008.1.2.1"

    /// The sender has pulled the plug.
    struct Gone: Error {}

    /// Sends one data set, and says what was answered.
    ///
    /// - Parameter breakingAfter: ends the association when so many bytes have gone.
    static func store(
        _ dataSet: [UInt8], as instance: String, port: Int, title: String = "CT1", breakingAfter limit: Int = .max
    ) async throws -> Status {
        try await withAssociation(port: port, title: title) { association in
            var rest = dataSet[...]
            return try await association.store(sopClass: ct, sopInstance: instance, transferSyntax: explicit) { most in
                if dataSet.count - rest.count >= limit { throw Gone() }
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(most) }
                return rest.prefix(most)
            }
        }
    }

    static func withAssociation<Value: Sendable>(
        port: Int, title: String = "CT1", services: Services = Services(),
        _ body: (Association) async throws -> Value
    ) async throws -> Value {
        var proposals = ContextProposals()
        proposals.send([ContextProposals.Pair(sopClass: ct, transferSyntax: explicit)])
        proposals.ask(ServiceClasses.storageCommitment)
        return try await AssociationClient.open(
            host: "127.0.0.1", port: port,
            AssociateRequest(calledTitle: "CORDON", callingTitle: title, proposals), settings: .patient,
            services: services, body: body)
    }
}
