import DICOMDictionary
import DICOMNetwork
import Testing

/// Which contexts are proposed and accepted, and with what.
struct ContextTests {
    private static let implicit = "1.2.840.10008.1.2"
    private static let explicit = "1.2.840.10008.1.2.1"
    private static let big = "1.2.840.10008.1.2.2"
    private static let jpeg = "1.2.840.10008.1.2.4.50"
    private static let computedTomography = "1.2.840.10008.5.1.4.1.1.2"

    private static let everything: Services = {
        let archive = Archive()
        return Services(
            storage: archive, query: archive, move: archive, get: archive, commitment: archive, events: archive)
    }()

    private static func offer(
        _ sopClass: String, _ syntaxes: [String], policy: ContextPolicy = ContextPolicy(),
        services: Services = everything, change: (inout UserInformation) -> Void = { _ in }
    ) -> ContextPolicy.Offer {
        var proposals = ContextProposals()
        proposals.ask(sopClass, in: syntaxes)
        var asked = AssociateRequest(calledTitle: "A", callingTitle: "B", proposals)
        change(&asked.user)
        return policy.offer(to: asked, serving: services.served)
    }

    @Test func `the tables have every storage SOP class and every transfer syntax of PS3.6, and no service`() {
        let classes = Set(StorageClasses.registered)
        #expect(classes.count == StorageClasses.registered.count && classes.count > 200)
        let current = Set(StorageClasses.current), common = Set(StorageClasses.common)
        #expect(current.isStrictSubset(of: classes) && common.isStrictSubset(of: current))
        #expect(current.count > 150 && common.count > 90 && common.count <= 110)
        for uid in [
            "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.104.1",
            "1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.5.1.4.34.7",
            "1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.4.1.1.501.1",
        ] {
            #expect(classes.contains(uid), "\(uid)")
        }
        for uid in ServiceClasses.find.union(ServiceClasses.get).union([
            "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.2", "1.2.840.10008.1.3.10", "1.2.840.10008.4.2",
            "1.2.840.10008.5.1.4.1.1.201.5",
        ]) {
            #expect(!classes.contains(uid), "\(uid)")
        }
        let syntaxes = TransferSyntaxes.registered
        let registered = RegisteredUIDs.all.filter { $0.entry.kind == "Transfer Syntax" }.map(\.uid)
        #expect(Set(syntaxes).union(["1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"]) == Set(registered))
        #expect(syntaxes.count == Set(syntaxes).count)
        #expect(syntaxes.prefix(2) == [Self.explicit, Self.implicit] && syntaxes.last == Self.big)
    }

    @Test func `every storage SOP class is accepted in every transfer syntax that comes alone`() {
        for sopClass in StorageClasses.registered {
            for syntax in TransferSyntaxes.registered {
                let result = Self.offer(sopClass, [syntax]).contexts
                #expect(result == [ContextResult(id: 1, reason: .acceptance, transferSyntax: syntax)])
            }
        }
    }

    @Test func `of several transfer syntaxes ours is chosen, or theirs`() {
        var theirs = ContextPolicy()
        theirs.preference = .theirs
        let mixed = ["1.2.3", Self.big, Self.jpeg, Self.implicit, Self.explicit]
        #expect(Self.offer(Self.computedTomography, mixed).contexts.first?.transferSyntax == Self.explicit)
        #expect(Self.offer(Self.computedTomography, mixed, policy: theirs).contexts.first?.transferSyntax == Self.big)
        // Identifiers are read by handlers: in what they can read.
        let query = Self.offer(ServiceClasses.studyRootFind, mixed, policy: theirs).contexts.first
        #expect(query?.transferSyntax == Self.explicit)
        let none = Self.offer(ServiceClasses.studyRootFind, [Self.jpeg]).contexts
        #expect(none == [ContextResult(id: 1, reason: .transferSyntaxesNotSupported)])
    }

    @Test func `what has no service is refused, and what vendors made is taken as objects unless the site says no`() {
        var strict = ContextPolicy()
        strict.takesPrivateStorage = false
        let declared = CommonExtendedNegotiation(
            sopClass: "1.2.840.10008.5.1.4.1.1.9999", serviceClass: "1.2.840.10008.4.2",
            relatedGeneral: [Self.computedTomography])
        let siemens = "1.3.12.2.1107.5.9.1"
        #expect(Self.offer(siemens, [Self.explicit]).contexts.first?.reason == .acceptance)
        #expect(
            Self.offer(siemens, [Self.explicit], policy: strict).contexts.first?.reason == .abstractSyntaxNotSupported)
        let new = declared.sopClass
        #expect(Self.offer(new, [Self.explicit]).contexts.first?.reason == .abstractSyntaxNotSupported)
        #expect(
            Self.offer(new, [Self.explicit], policy: strict) { $0.commonExtended = [declared] }.contexts.first?.reason
                == .acceptance)
        for uid in ["1.2.840.10008.5.1.1.1", "1.2.840.10008.5.1.4.34.6.1"] {
            var lie = declared
            lie.sopClass = uid
            let offer = Self.offer(uid, [Self.explicit]) { $0.commonExtended = [lie] }
            #expect(offer.contexts.first?.reason == .abstractSyntaxNotSupported)
        }
        let storing = Services(storage: Archive())
        for uid in [ServiceClasses.studyRootFind, ServiceClasses.studyRootGet, ServiceClasses.storageCommitment] {
            #expect(Self.offer(uid, [Self.explicit]).contexts.first?.reason == .acceptance)
            #expect(
                Self.offer(uid, [Self.explicit], services: storing).contexts.first?.reason
                    == .abstractSyntaxNotSupported)
        }
        #expect(
            Self.offer(ServiceClasses.verification, [Self.implicit], services: Services()).contexts.first?.reason
                == .acceptance)
    }

    @Test func `roles are granted as far as there is a service for them`() {
        func granted(_ sopClass: String, user: Bool, provider: Bool, _ services: Services) -> RoleSelection? {
            Self.offer(sopClass, [Self.explicit], services: services) {
                $0.roles = [RoleSelection(sopClass: sopClass, user: user, provider: provider)]
            }.roles.first
        }
        func role(_ sopClass: String, _ user: Bool, _ provider: Bool) -> RoleSelection {
            RoleSelection(sopClass: sopClass, user: user, provider: provider)
        }
        let archive = Archive()
        let tomography = Self.computedTomography
        #expect(granted(tomography, user: true, provider: true, Self.everything) == role(tomography, true, true))
        #expect(granted(tomography, user: false, provider: true, Self.everything) == role(tomography, false, true))
        #expect(
            granted(tomography, user: true, provider: true, Services(storage: archive))
                == role(tomography, true, false))
        // Nothing is left: the context itself is refused.
        #expect(granted(tomography, user: false, provider: true, Services(storage: archive)) == nil)
        let commitment = ServiceClasses.storageCommitment
        #expect(
            granted(commitment, user: false, provider: true, Services(events: archive)) == role(commitment, false, true)
        )
        #expect(
            granted(commitment, user: true, provider: true, Services(commitment: archive))
                == role(commitment, true, false))
        let find = ServiceClasses.studyRootFind
        #expect(granted(find, user: true, provider: true, Self.everything) == role(find, true, false))
    }

    @Test func `extended negotiation says what both can do, in as many bytes as were asked`() {
        var policy = ContextPolicy()
        policy.querySupport = [.relational, .fuzzyNames]
        policy.storageSupport = StorageSupport(level: .full, signatures: 3, coerces: false)
        func answer(_ sopClass: String, _ information: [UInt8], _ policy: ContextPolicy) -> [UInt8]? {
            Self.offer(sopClass, [Self.explicit], policy: policy) {
                $0.extended = [ExtendedNegotiation(sopClass: sopClass, information: information)]
            }.extended.first?.information
        }
        let find = ServiceClasses.studyRootFind
        #expect(answer(find, [1, 1, 1, 1, 1], policy) == [1, 0, 1, 0, 0])
        #expect(answer(find, [1], policy) == [1])
        #expect(answer(find, [0, 1, 0], policy) == [0, 0, 0])
        #expect(answer(find, [1, 1, 1, 1], ContextPolicy()) == [0, 0, 0, 0])
        #expect(answer(ServiceClasses.studyRootMove, [1, 1], policy) == [1, 0])
        #expect(answer(ServiceClasses.studyRootGet, [1], ContextPolicy()) == [0])
        #expect(answer(Self.computedTomography, [2, 0, 3, 0, 2, 0], policy) == [2, 0, 3, 0, 0, 0])
        #expect(answer(Self.computedTomography, [2, 0, 3, 0, 2, 0], ContextPolicy()) == nil)
        #expect(answer(ServiceClasses.verification, [1], policy) == nil)
        let all: QuerySupport = [.relational, .combinedDateTime, .fuzzyNames, .timezoneAdjustment]
        #expect(all.findInformation == [1, 1, 1, 1] && QuerySupport(information: [0, 1]) == .combinedDateTime)
    }

    @Test func `one hundred and twenty-eight contexts are proposed, and what finds no room is named`() throws {
        var proposals = ContextProposals()
        let pairs = StorageClasses.registered.prefix(65).flatMap { sopClass in
            [Self.explicit, Self.jpeg, Self.explicit].map {
                ContextProposals.Pair(sopClass: sopClass, transferSyntax: $0)
            }
        }
        proposals.send(pairs, alternatives: TransferSyntaxes.uncompressed)
        #expect(proposals.contexts.map(\.id) == (0..<128).map { UInt8(2 * $0 + 1) })
        #expect(proposals.contexts.allSatisfy { $0.transferSyntaxes.count == 1 })
        #expect(proposals.leftOut == Array(pairs.suffix(3).prefix(2)))
        #expect(!proposals.ask(ServiceClasses.verification) && !proposals.receive(Self.computedTomography))
        #expect(proposals.roles.isEmpty)
        var few = ContextProposals()
        few.send(Array(pairs.prefix(3)), alternatives: TransferSyntaxes.uncompressed)
        #expect(few.contexts.map(\.transferSyntaxes) == [[Self.explicit], [Self.jpeg], TransferSyntaxes.uncompressed])
        // All of it fits into a request.
        let request = AssociateRequest(calledTitle: "A", callingTitle: "B", proposals)
        #expect(try PDU(decoding: PDU.associateRequest(request).encoded[...]) == .associateRequest(request))
        var largest = ContextProposals()
        for sopClass in StorageClasses.common { largest.receive(sopClass) }
        #expect(largest.contexts.count == StorageClasses.common.count)
        let all = AssociateRequest(calledTitle: "A", callingTitle: "B", largest)
        #expect(try PDU(decoding: PDU.associateRequest(all).encoded[...]) == .associateRequest(all))
    }
}
