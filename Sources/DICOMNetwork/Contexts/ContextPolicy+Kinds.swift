import DICOMDictionary

extension ContextPolicy {
    /// What a SOP class of a request is to us, and who may have which role in it.
    struct Kinds {
        enum Kind: Hashable, Sendable { case verification, storage, find, move, get, commitment }

        private let policy: ContextPolicy
        private let services: Services
        /// Classes of which the request says that they are storage (PS3.7 D.3.3.6).
        private let declared: Set<String>
        private let proposed: [String: RoleSelection]

        /// Storage Service Class (PS3.6 A).
        private static let storageService = "1.2.840.10008.4.2"

        init(_ policy: ContextPolicy, _ request: AssociateRequest, _ services: Services) {
            self.policy = policy
            self.services = services
            declared = Set(
                request.user.commonExtended.filter { $0.serviceClass == Self.storageService }.map(\.sopClass))
            proposed = Dictionary(request.user.roles.map { ($0.sopClass, $0) }) { first, _ in first }
        }

        func of(_ sopClass: String) -> Kind? {
            if sopClass == ServiceClasses.verification { return .verification }
            if sopClass == ServiceClasses.storageCommitment { return .commitment }
            if policy.findClasses.contains(sopClass) { return .find }
            if policy.moveClasses.contains(sopClass) { return .move }
            if policy.getClasses.contains(sopClass) { return .get }
            if policy.storageClasses.contains(sopClass) { return .storage }
            // The standard's own services are never objects, whatever a request says of them.
            let entry = RegisteredUIDs.entry(for: sopClass)
            guard entry == nil else { return nil }
            let isPrivate = !sopClass.hasPrefix("1.2.840.10008.")
            return declared.contains(sopClass) || isPrivate && policy.takesPrivateStorage ? .storage : nil
        }

        /// Whether anything can come of a context, in the roles that are left.
        func isServed(_ sopClass: String, _ kind: Kind) -> Bool {
            let granted = granted(
                proposed[sopClass] ?? RoleSelection(sopClass: sopClass, user: true, provider: false))
            return granted.user || granted.provider
        }

        /// The roles of the requestor that it wants and we have a use for (PS3.7 D.3.3.4).
        func granted(_ role: RoleSelection) -> RoleSelection {
            let (user, provider): (Bool, Bool) =
                switch of(role.sopClass) {
                case .verification: (true, false)
                case .storage: (services.storage != nil, services.get != nil)
                case .find: (services.query != nil, false)
                case .move: (services.move != nil, false)
                case .get: (services.get != nil, false)
                case .commitment: (services.commitment != nil, services.events != nil)
                case nil: (false, false)
                }
            return RoleSelection(
                sopClass: role.sopClass, user: role.user && user, provider: role.provider && provider)
        }
    }
}
