internal import DICOMNetwork
internal import Synchronization

/// Objects that an archive sends because we asked it by C-MOVE: they come to the gateway's own listener, and are for whoever asked.
/// None of them is ever an arrival: what was asked for looking is not routed on, however late it comes.
package final class ArchiveArrivals: Sendable {
    private struct Expectation {
        var instances: Set<String>
        var receiver: ArrivingObjects
    }

    private struct State {
        var last = 0
        var expected: [Int: Expectation] = [:]
        /// Asked for, and not come while somebody waited: some archives do not say of an object that it was. Each until it comes.
        var missing: Set<String> = []
        /// In the order in which they went missing; some of them may have come since.
        var order: [String] = []
    }

    /// What an object is.
    enum Fate {
        /// Somebody waits for it.
        case awaited(ArrivingObjects)
        /// It was asked for, and nobody waits any more.
        case late
        /// Nobody asked for it.
        case arrival
    }

    private let state = Mutex(State())
    /// The most that are missed (P9).
    private static let most = 20_000

    package init() {}

    /// - Parameters:
    ///   - title: ours: what an archive says of a C-MOVE of ours (PS3.7 9.1.1.1, Move Originator Application Entity Title).
    ///   - isArchive: whether it comes from the archive that we ask.
    func fate(of request: StoreRequest, title: String, isArchive: Bool) -> Fate {
        let originator = request.moveOriginatorTitle.map(Self.trimmed).flatMap { $0.isEmpty ? nil : $0 }
        let isOurs = originator == Self.trimmed(title)
        // Of an object of somebody else's C-MOVE nobody here waits.
        guard isOurs || originator == nil && isArchive else { return .arrival }
        return state.withLock { state in
            if isArchive {
                for (number, expectation) in state.expected
                where expectation.instances.contains(request.sopInstance) {
                    state.expected[number]?.instances.remove(request.sopInstance)
                    return .awaited(expectation.receiver)
                }
            }
            let isMissing = state.missing.remove(request.sopInstance) != nil
            return isOurs || isMissing ? .late : .arrival
        }
    }

    /// Runs `body` while instances are waited for.
    func waiting<Value>(
        for instances: [String], _ receiver: ArrivingObjects, _ body: () async throws -> Value
    ) async throws -> Value {
        let number = state.withLock { state in
            state.last += 1
            state.missing.subtract(instances)
            state.expected[state.last] = Expectation(instances: Set(instances), receiver: receiver)
            return state.last
        }
        defer {
            state.withLock { state in
                for instance in state.expected.removeValue(forKey: number)?.instances.sorted() ?? [] {
                    if state.missing.insert(instance).inserted { state.order.append(instance) }
                }
                if state.order.count > Self.most {
                    let oldest = state.order.prefix(state.order.count - Self.most)
                    state.missing.subtract(oldest)
                    state.order.removeFirst(oldest.count)
                }
            }
        }
        return try await body()
    }

    /// Without the blanks around it (PS3.5 6.2).
    private static func trimmed(_ title: String) -> String {
        var title = title[...]
        while title.last == " " || title.last == "\0" { title.removeLast() }
        while title.first == " " { title.removeFirst() }
        return String(title)
    }
}
