/// Clauses that apply together name profiles of which one is taken: the one that extends all others. Labels are free to
/// come together, so any two clauses of an audience may.
struct ProfileMeetingCheck {
    let log: FindingLog
    let profiles: [String: Profile]

    func check(_ all: [AudienceParser.Written]) {
        var seen: [(profile: Profile, place: Place)] = []
        for written in all.sorted(by: { $0.place.location < $1.place.location }) {
            guard let name = written.consequence.profile, let profile = profiles[name],
                let place = written.profilePlace
            else { continue }
            if let other = seen.first(where: { !Self.areRelated($0.profile, profile) }) {
                log.error(
                    .conflictingProfiles,
                    "a study may meet both `\(profile.id)` and `\(other.profile.id)`, and neither extends the other",
                    at: place, hint: "the other stands at \(other.place.location); let one profile extend the other")
            }
            seen.append((profile, place))
        }
    }

    static func areRelated(_ left: Profile, _ right: Profile) -> Bool {
        left.id == right.id || left.ancestors.contains(right.id) || right.ancestors.contains(left.id)
    }
}
