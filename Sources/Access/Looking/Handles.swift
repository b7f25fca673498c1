/// Names that were given for others: new UIDs and pseudonyms, with what they stand for.
final class Handles: Sendable {
    init() {}
}
