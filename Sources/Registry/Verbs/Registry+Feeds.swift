public import Host

extension Registry {
    /// Takes in what a feed says, all of it or nothing: when it returns, it is on the disk.
    ///
    /// Labels that the feed did not give by the same place are none of its business. Where a withdrawal is refused or needs two
    /// people, of whom a feed is none, the label stays, the attempt is on the custody log, and the rest is done: keeping a label protects.
    /// A message that came before (the same control ID and bytes) does nothing.
    public func learn(_ news: FeedNews, by person: Person, at time: Instant) throws -> FeedReceipt {
        try Words.check(news.feed, "name of the feed")
        guard !news.feed.contains(" ") else {
            throw RegistryError(.invalid, "the name of the feed has a blank in it", advice: "give one word")
        }
        try Words.checkDigest(news.digest, "digest of the message")
        for statement in news.statements {
            try Words.check(statement.place, "place")
            for patient in statement.patients { try Words.check(.patient(patient)) }
            for label in statement.labels {
                try Words.check(label.name, "label")
                try Words.check(label.reason, "reason")
            }
        }
        for link in news.links {
            for patient in [link.patients.0, link.patients.1] { try Words.check(.patient(patient)) }
        }
        if let record = news.record {
            for name in record.names + record.others { try Words.check(name, "name of a record") }
            for patient in record.patients { try Words.check(.patient(patient)) }
        }
        return try storage.write { transaction in
            guard try !transaction.isKnown(message: news.control, digest: news.digest, ofFeed: news.feed) else {
                var receipt = FeedReceipt()
                receipt.isRepeated = true
                return receipt
            }
            var learning = Learning(news: news, person: person, time: time, transaction: transaction)
            for link in news.links { try learning.take(link) }
            if let record = news.record { try learning.take(record) }
            for statement in news.statements {
                for patient in statement.patients { try learning.take(statement, of: patient) }
            }
            try transaction.insert(message: news.control, digest: news.digest, ofFeed: news.feed, at: time)
            return learning.receipt
        }
    }
}

extension PatientIdentity {
    /// Pairs by which each of some identities is the same patient as each of others, through as many links as there are identities, and
    /// not as many as there are pairs of them. Nothing, where one side is empty.
    package static func pairs(
        joining some: [PatientIdentity], _ others: [PatientIdentity]
    ) -> [(PatientIdentity, PatientIdentity)] {
        guard let first = some.first, let middle = others.first else { return [] }
        let all = some.map { ($0, middle) } + others.dropFirst().map { (first, $0) }
        return all.filter { $0.0 != $0.1 }
    }
}

extension FeedNews.Link {
    fileprivate var patients: (PatientIdentity, PatientIdentity) {
        switch self {
        case .merge(let one, let other), .link(let one, let other), .unlink(let one, let other): (one, other)
        }
    }
}

/// One message, as it is taken in.
private struct Learning {
    let news: FeedNews
    let person: Person
    let time: Instant
    let transaction: any StorageWriting
    var receipt = FeedReceipt()

    private var reason: String { "told by \(news.feed)" }

    mutating func take(_ link: FeedNews.Link) throws {
        switch link {
        case .merge(let one, let other): try take(one, other, .merge)
        case .link(let one, let other): try take(one, other, .link)
        case .unlink(let one, let other):
            let isLate = try isLate(link: one, other)
            for link in try transaction.links(ofPatientKeys: [FoldedText.key(one.id)])
            where link.kind == .link && link.ended == nil && link.isBetween(one, other) {
                if isLate {
                    receipt.lateUnlinked.append(link.id)
                } else {
                    receipt.unlinked.append(try transaction.end(link, reason: reason, by: person, at: time).id)
                }
            }
        }
    }

    /// Links what refers to a record with whom it names, whichever of them came first.
    mutating func take(_ record: FeedNews.Record) throws {
        // Places of `feed_times`, which has whom a feed said something of.
        func own(_ name: String) -> String { "record \(name)" }
        func awaited(_ name: String) -> String { "awaits \(name)" }
        for patient in record.patients {
            for name in record.names {
                try transaction.setLastSaid(time, feed: news.feed, place: own(name), of: patient)
            }
            for other in record.others {
                try transaction.setLastSaid(time, feed: news.feed, place: awaited(other), of: patient)
            }
        }
        var found: [PatientIdentity] = []
        for name in record.names { found += try transaction.patients(feed: news.feed, place: awaited(name)) }
        for other in record.others {
            let others = try transaction.patients(feed: news.feed, place: own(other))
            if others.isEmpty { receipt.awaited += 1 }
            found += others
        }
        for (one, other) in PatientIdentity.pairs(joining: found, record.patients) { try take(one, other, .merge) }
    }

    /// Where `feed_times` has when the feed last linked a patient with somebody.
    private static let linkPlace = "link"

    /// Whether the feed said of both, later than this or maybe so, that they are linked: then a link stays. Times of messages have
    /// seconds; of two in one nobody knows which was first.
    private func isLate(link one: PatientIdentity, _ other: PatientIdentity) throws -> Bool {
        try [one, other].allSatisfy { patient in
            guard let last = try transaction.lastSaid(feed: news.feed, place: Self.linkPlace, of: patient) else {
                return false
            }
            return news.said.map { $0 <= last } ?? true
        }
    }

    private mutating func take(_ one: PatientIdentity, _ other: PatientIdentity, _ kind: PatientLink.Kind) throws {
        // The same identity twice says nothing.
        guard one != other else { return }
        let found = try transaction.link(one, other, kind, reason: reason, by: person, at: time)
        if found.isNew { receipt.linked.append(found.link.id) }
        guard kind == .link, let said = news.said else { return }
        for patient in [one, other] {
            let last = try transaction.lastSaid(feed: news.feed, place: Self.linkPlace, of: patient)
            if last.map({ $0 < said }) ?? true {
                try transaction.setLastSaid(said, feed: news.feed, place: Self.linkPlace, of: patient)
            }
        }
    }

    mutating func take(_ statement: FeedNews.Statement, of patient: PatientIdentity) throws {
        let origin = "\(news.feed) \(statement.place)"
        let scope = Scope.patient(patient)
        var standing: [LabelRecord] = []
        for id in try transaction.owners(.label, anchors: Set(Anchor.of(scope)), attributes: []) {
            guard let label = try transaction.label(id), label.origin == origin, label.isInForce(at: time),
                case .patient(let other) = label.scope, patient.agreement(with: other) == .yes
            else { continue }
            standing.append(label)
        }
        for wish in statement.labels {
            // One that is over already needs no record.
            if let expires = wish.expires, expires <= time { continue }
            if let same = standing.firstIndex(where: { isSaid(by: wish, $0) }) {
                standing.remove(at: same)
                continue
            }
            let label = LabelRecord(
                id: 0, label: wish.name, scope: scope, source: .feed, origin: origin, reason: wish.reason,
                author: person, time: time, expires: wish.expires, tellsOfHold: wish.tellsOfHold)
            receipt.given.append(try transaction.give(label).id)
        }
        // What was said before something else was, or may have been, as in the same second, may add and takes nothing away.
        let last = try transaction.lastSaid(feed: news.feed, place: statement.place, of: patient)
        let isLate = last.map { last in news.said.map { $0 <= last } ?? true } ?? false
        if !isLate, let said = news.said {
            try transaction.setLastSaid(said, feed: news.feed, place: statement.place, of: patient)
        }
        guard statement.isWhole else { return }
        guard !isLate else {
            receipt.late += standing.map(\.id)
            return
        }
        for label in standing { try withdraw(label) }
    }

    /// Whether a label is what the feed wishes to give. One that no second person guards is not, where the wish tells of a hold;
    /// nor is one whose withdrawal this feed has asked for: what it says again nobody withdraws by an older wish.
    private func isSaid(by wish: FeedNews.Label, _ label: LabelRecord) -> Bool {
        label.label == wish.name && label.expires == wish.expires && (label.tellsOfHold || !wish.tellsOfHold)
            && label.feedWish == nil
    }

    private mutating func withdraw(_ label: LabelRecord) throws {
        // It has said so already.
        guard label.feedWish == nil else { return receipt.requested.append(label.id) }
        let done = try transaction.withdraw(
            label: label.id, reason: reason, by: person, isFeed: true, at: time)
        switch done {
        case .done(let withdrawal):
            if case .withdrawn = withdrawal.result {
                receipt.withdrawn.append(label.id)
            } else {
                receipt.requested.append(label.id)
            }
        case .refused: receipt.kept.append(label.id)
        }
    }
}
