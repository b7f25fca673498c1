package import Registry

/// What became of one message or resource of a feed, for logs and metrics: no value of the message.
package struct FeedReport: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case learned, repeated, nothing, refused, failed
    }

    package var feed: String
    /// `ADT^A08`, `Patient`.
    package var kind: String
    package var outcome: Outcome
    /// What a person should know: unknown codes, labels that stay.
    package var notes: [String]
    package var receipt: FeedReceipt?
    /// Address of the sender.
    package var sender: String

    package init(
        feed: String, kind: String, outcome: Outcome, notes: [String] = [], receipt: FeedReceipt? = nil,
        sender: String = ""
    ) {
        self.feed = feed
        self.kind = kind
        self.outcome = outcome
        self.notes = notes
        self.receipt = receipt
        self.sender = sender
    }

    /// What the registry kept although the sender took it away.
    static func notes(_ receipt: FeedReceipt) -> [String] {
        func words(_ numbers: [Int64], _ what: String, _ kind: String = "label") -> String? {
            numbers.isEmpty
                ? nil
                : "\(kind)\(numbers.count == 1 ? "" : "s") \(numbers.map(String.init).joined(separator: ", ")) \(what)"
        }
        return [
            words(receipt.kept, "stay, since a hold covers what they are about"),
            words(receipt.requested, "tell of a hold: two people withdraw them"),
            words(receipt.late, "stay, since the feed has said something later"),
            words(receipt.lateUnlinked, "stay, since the feed has linked both later", "link"),
        ].compactMap { $0 }
    }
}
