package import Access
internal import DICOMCore
internal import DICOMFile
package import DICOMNetwork
internal import Synchronization

/// To whom a C-MOVE may send, by AE title: the peers of the configuration that receive.
package struct MoveDestinations: Sendable {
    package struct Place: Sendable {
        package var host: String
        package var port: Int
        package var title: String
        package var settings: ConnectionSettings
        /// Whom the objects go to: a principal like any other.
        package var principal: Principal

        package init(
            host: String, port: Int, title: String, settings: ConnectionSettings = ConnectionSettings(),
            principal: Principal
        ) {
            self.host = host
            self.port = port
            self.title = title
            self.settings = settings
            self.principal = principal
        }
    }

    private var places: [String: Place]

    package init(_ places: [Place]) {
        self.places = Dictionary(places.map { ($0.title, $0) }) { first, _ in first }
    }

    /// Titles are compared without the blanks around them (PS3.5 6.2).
    package func place(titled title: String) -> Place? {
        var title = title[...]
        while title.last == " " { title.removeLast() }
        while title.first == " " { title.removeFirst() }
        return places[String(title)]
    }
}

/// Sends the objects of one C-MOVE to its destination, over as few associations as their kinds allow: one is opened for the first
/// object, and another when one comes of a kind that was not proposed.
final class MoveSender: Sendable {
    private struct Item: Sendable {
        var delivery: Access.Delivery
        var answer: @Sendable (Status) -> Void

        var pair: ContextProposals.Pair {
            ContextProposals.Pair(
                sopClass: delivery.sopClass, transferSyntax: delivery.file.transferSyntax.uid)
        }
    }

    private let place: MoveDestinations.Place
    private let callingTitle: String
    private let originator: MoveOriginator
    private let items = Handoff<Item>()

    init(_ place: MoveDestinations.Place, callingTitle: String, originator: MoveOriginator) {
        self.place = place
        self.callingTitle = callingTitle
        self.originator = originator
    }

    /// Runs `body`, which stores; the associations are released when it is over.
    func run(_ body: (MoveSender) async throws -> Void) async throws {
        async let sending: Void = send()
        do {
            try await body(self)
            items.finish()
            await sending
        } catch {
            items.finish()
            await sending
            throw error
        }
    }

    /// Returns what the destination answered, when it has.
    func store(_ delivery: Access.Delivery) async -> Status {
        let status = StatusBox()
        guard await items.give(Item(delivery: delivery) { status.set($0) }) else { return .processingFailure }
        return status.value
    }

    private func send() async {
        var pairs: [ContextProposals.Pair] = []
        var waiting = try? await items.take()
        while let item = waiting {
            if !pairs.contains(item.pair) { pairs.append(item.pair) }
            // The kinds that came last, where there are more than an association has room for.
            if pairs.count > ContextProposals.maximum { pairs.removeFirst(pairs.count - ContextProposals.maximum) }
            var proposals = ContextProposals()
            proposals.send(pairs)
            let request = AssociateRequest(
                calledTitle: place.title, callingTitle: callingTitle, proposals, limits: place.settings.limits)
            let open = pairs
            do {
                waiting = try await AssociationClient.open(
                    host: place.host, port: place.port, request, settings: place.settings
                ) { association in
                    var next: Item? = item
                    while let item = next, open.contains(item.pair) {
                        item.answer(await self.send(item, association))
                        next = try await self.items.take()
                    }
                    return next
                }
            } catch {
                // The destination is gone, or never was there: this one failed, and the next may try.
                item.answer(.cannotPerformSubOperations)
                waiting = try? await items.take()
            }
        }
    }

    private func send(_ item: Item, _ association: Association) async -> Status {
        let delivery = item.delivery
        do {
            let data = try DataSetFile(delivery)
            return try await association.store(
                sopClass: delivery.sopClass, sopInstance: delivery.sopInstance,
                transferSyntax: delivery.file.transferSyntax.uid, originator: originator
            ) { maximum in try data.next(maximum) }
        } catch AssociationError.noContext {
            return .sopClassNotSupported
        } catch {
            return .cannotPerformSubOperations
        }
    }
}

/// One status, set once by who knows it and read when it is there.
private final class StatusBox: Sendable {
    private let status = Mutex(Status.processingFailure)
    func set(_ value: Status) { status.withLock { $0 = value } }
    var value: Status { status.withLock { $0 } }
}
