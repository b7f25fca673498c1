internal import Host

/// Links between patients, and what feeds said.
extension MemoryTransaction {
    func link(_ id: Int64) -> PatientLink? { rows.links[id] }
    func links(after id: Int64, limit: Int) -> [PatientLink] { page(rows.links, after: id, limit: limit) }

    func links(ofPatientKeys keys: Set<String>) -> [PatientLink] {
        page(rows.links, after: 0, limit: .max) { link in
            keys.contains(FoldedText.key(link.one.id)) || keys.contains(FoldedText.key(link.other.id))
        }
    }

    func isKnown(message control: String, digest: String, ofFeed feed: String) -> Bool {
        rows.feedMessages.contains([feed, control, digest])
    }

    func lastSaid(feed: String, place: String, of patient: PatientIdentity) -> Instant? {
        rows.feedTimes[MemoryRows.FeedPlace(feed: feed, place: place, patient: patient)]
    }

    func patients(feed: String, place: String) -> [PatientIdentity] {
        rows.feedTimes.keys.filter { $0.feed == feed && $0.place == place }.map(\.patient).sorted {
            ($0.id, $0.issuer ?? "") < ($1.id, $1.issuer ?? "")
        }
    }

    func insert(_ link: PatientLink, leaf: Int) throws {
        try requireNew(rows.links, link.id, leaf)
        rows.links[link.id] = link
    }

    func setEnd(_ wish: Registry.Wish, ofLink id: Int64, leaf: Int) throws {
        try requireLeaf(leaf)
        try change(&rows.links, id) { $0.ended = wish }
    }

    func setIdentities(_ one: PatientIdentity, _ other: PatientIdentity, ofLink id: Int64) throws {
        try change(&rows.links, id) {
            $0.one = one
            $0.other = other
        }
    }

    func insert(message control: String, digest: String, ofFeed feed: String, at time: Instant) {
        rows.feedMessages.insert([feed, control, digest])
    }

    func setLastSaid(_ said: Instant, feed: String, place: String, of patient: PatientIdentity) {
        rows.feedTimes[MemoryRows.FeedPlace(feed: feed, place: place, patient: patient)] = said
    }

    func removeLastSaid(ofPatientKey key: String) {
        rows.feedTimes = rows.feedTimes.filter { FoldedText.key($0.key.patient.id) != key }
    }
}
