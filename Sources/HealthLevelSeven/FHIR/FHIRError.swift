/// Why a FHIR text was not read: where and what, never a value.
public struct FHIRError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `Bundle.entry[3].resource.identifier`, or a line of a bulk file.
    public var place: String
    public var reason: String

    public init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
