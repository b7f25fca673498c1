/// Why an instance cannot be made safe. In words, without values; never passed on to a receiver.
struct Sequestration: Error, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
