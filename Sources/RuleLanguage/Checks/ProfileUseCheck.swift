/// Whether a profile that is used has all that its actions work with. Profiles that only serve to be extended leave to the
/// site how far dates move and for whom originals are encrypted.
struct ProfileUseCheck {
    let log: FindingLog

    func check(_ profile: Profile, at place: Place) {
        let actions = profile.statements.map(\.action) + profile.settings.concepts.map(\.action)
        if profile.settings.dateShift == nil, actions.contains(where: { $0.contains { $0 == .shiftDate } }) {
            log.error(
                .missingSetting, "`\(profile.id)` shifts dates, and does not say how far", at: place,
                hint:
                    "write <date-shift unit=\"weeks\" from=\"-104\" to=\"-1\"/> in a profile of the site that extends it"
            )
        }
        let encrypts =
            profile.settings.encryptsChanges || actions.contains { $0.contains(\.isEncryption) }
        if profile.settings.recipients.isEmpty, encrypts {
            log.error(
                .missingSetting, "`\(profile.id)` encrypts, and names nobody who could read it", at: place,
                hint: "write <recipient certificate=\"….pem\"/> in a profile of the site that extends it")
        }
    }
}

extension ProfileAction {
    var isEncryption: Bool { if case .encrypt = self { true } else { false } }

    /// Whether it, or what it may come to, is such an action.
    func contains(_ predicate: (ProfileAction) -> Bool) -> Bool {
        if predicate(self) { return true }
        switch self {
        case .lookup(_, let otherwise): return otherwise.contains(predicate)
        case .encrypt(let then): return then.contains(predicate)
        case .byType(let type1, let type2, let type3):
            return [type1, type2, type3].contains { $0.contains(predicate) }
        default: return false
        }
    }
}
