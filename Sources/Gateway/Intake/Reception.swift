internal import DICOMNetwork
internal import Inputs
internal import NIOCore

/// Decides who may associate with us, and for what: peers that the configuration knows, by title, address and certificate.
struct Reception: AssociationProvider {
    let desk: GatewayDesk
    /// Where the listener stands in the configuration.
    let listener: Int

    func answer(_ asker: Asker) async -> Answer {
        let setup = desk.current.setup, request = asker.request
        let address = asker.address?.ipAddress
        func refuse(_ reject: AssociateReject, _ why: String) -> Answer {
            desk.log.write(
                .refusedAssociation,
                [
                    "calling": .string(request.callingTitle), "called": .string(request.calledTitle),
                    "address": address.map { .string($0) }, "problem": .string(why),
                ])
            return .refuse(reject)
        }
        guard setup.configuration.dicom.indices.contains(listener) else {
            return refuse(.noReason, "the listener is not in the configuration any more")
        }
        guard setup.configuration.dicom[listener].titles.contains(request.calledTitle) else {
            return refuse(.calledTitleNotRecognized, "nobody here has the called title")
        }
        let callers = setup.callers(
            title: request.callingTitle, address: address, certificate: asker.certificate)
        guard let peer = callers.first else {
            return refuse(
                .callingTitleNotRecognized, "no peer has this title, address and certificate, or more than one has")
        }
        let services: Services
        do throws(GatewayError) { services = try await Composition.services(for: callers, asker, desk) } catch {
            return refuse(.noReason, error.message)
        }
        let acceptance = Acceptance(request, services: services)
        desk.log.write(
            .associated,
            [
                "peer": .string(peer.id), "address": address.map { .string($0) },
                "contexts": .number(acceptance.contexts.count { $0.reason == .acceptance }),
            ])
        return .accept(acceptance)
    }
}
