import DICOMNetwork
import Testing

@testable import Gateway

/// What an archive sends because we asked for it, told from what arrives.
struct ArchiveArrivalsTests {
    private static let receiver = ArrivingObjects(scratch: "/nowhere", arrivals: Handoff())

    private static func request(_ instance: String, _ originator: String?) -> StoreRequest {
        StoreRequest(
            sopClass: "1.2.840.10008.5.1.4.1.1.2", sopInstance: instance, transferSyntax: "1.2.840.10008.1.2.1",
            moveOriginatorTitle: originator)
    }

    /// In a word.
    private static func fate(
        _ arrivals: ArchiveArrivals, _ instance: String, _ originator: String?, isArchive: Bool = true
    ) -> String {
        switch arrivals.fate(of: request(instance, originator), title: "CORDON", isArchive: isArchive) {
        case .awaited: "awaited"
        case .late: "late"
        case .arrival: "arrival"
        }
    }

    @Test func `what was asked for is whoever's who waits, once`() async throws {
        let arrivals = ArchiveArrivals()
        try await arrivals.waiting(for: ["1.1", "1.2"], Self.receiver) {
            #expect(Self.fate(arrivals, "1.1", "CORDON ") == "awaited")
            #expect(Self.fate(arrivals, "1.1", "CORDON") == "late")
            #expect(Self.fate(arrivals, "1.2", nil, isArchive: false) == "arrival")
            #expect(Self.fate(arrivals, "1.2", "OTHER") == "arrival")
            #expect(Self.fate(arrivals, "1.2", nil) == "awaited")
        }
    }

    @Test func `what was asked for and comes late is no arrival`() async throws {
        let arrivals = ArchiveArrivals()
        try await arrivals.waiting(for: ["1.1", "1.2"], Self.receiver) {
            #expect(Self.fate(arrivals, "1.1", "CORDON") == "awaited")
        }
        // By what the archive says of it, from whatever title it sends; and where it says nothing, since it did not come.
        #expect(Self.fate(arrivals, "1.1", "CORDON") == "late")
        #expect(Self.fate(arrivals, "1.3", "CORDON", isArchive: false) == "late")
        #expect(Self.fate(arrivals, "1.2", nil) == "late")
        // Another time it is one that the archive sends by itself.
        #expect(Self.fate(arrivals, "1.2", nil) == "arrival")
        #expect(Self.fate(arrivals, "1.1", nil) == "arrival")
    }
}
