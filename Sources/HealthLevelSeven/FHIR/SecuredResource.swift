public import Host

/// A Patient or an Encounter, as far as it says who is to be protected and how (FHIR R4; meta.security).
public struct SecuredResource: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable { case patient = "Patient", encounter = "Encounter" }

    public struct Identifier: Hashable, Sendable {
        /// A URI; nil where none is given.
        public var system: String?
        public var value: String
        /// A code of `type`: MR, SS …
        public var type: String?
    }

    public var kind: Kind
    /// Nil of a resource without an id.
    public var id: String?
    /// By which others refer to it, the first of which tells it from others when it comes again; empty where it has neither an
    /// id nor a `fullUrl`.
    public var names: [ResourceName]
    public var version: String?
    public var lastUpdated: Instant?
    /// Of the patient: a Patient's own, those that an Encounter's subject states, or those of the Patient that it refers to.
    public var identifiers: [Identifier]
    /// Whom an Encounter is about.
    public var subject: ResourceName?
    /// Nil for a code that is there and cannot be read.
    public var codes: [Indicator.Value?]
    /// False for one that was shortened (tag SUBSETTED): what is not there says nothing.
    public var isWhole: Bool
    /// Patients that are the same person (Patient.link, replaced-by and replaces).
    public var replaced: [ResourceName]
    public var place: String
}

extension SecuredResource {
    /// Nil for a resource of another type.
    init?(_ resource: FHIRValue, in context: ResourceContext) throws(FHIRError) {
        guard resource.isObject, let type = resource["resourceType"].text else {
            throw FHIRError(resource.place, "no resource: it has no resourceType")
        }
        guard let kind = Kind(rawValue: type) else { return nil }
        self.kind = kind
        place = resource.place
        id = resource["id"].text
        names = context.names(ofType: type, id: id)
        let meta = resource["meta"]
        version = meta["versionId"].text
        lastUpdated = meta["lastUpdated"].text.flatMap { Instant($0) }
        isWhole = !meta["tag"].elements.contains { $0["code"].text == "SUBSETTED" }
        codes = Self.codes(meta)
        subject = nil
        replaced = []
        switch kind {
        case .patient:
            identifiers = Self.identifiers(resource["identifier"])
            replaced = resource["link"].elements.filter {
                ["replaces", "replaced-by"].contains($0["type"].text)
            }.compactMap { $0["other"]["reference"].text }.map { context.name(of: $0) }
        case .encounter:
            let subject = resource["subject"]
            let stated = subject["reference"].text
            self.subject = stated.map { context.name(of: $0) }
            identifiers = Self.identifiers(subject["identifier"])
            // The patient may be within the encounter.
            if let reference = stated, reference.hasPrefix("#") {
                for contained in resource["contained"].elements
                where contained["resourceType"].text == "Patient" && "#" + (contained["id"].text ?? "") == reference {
                    identifiers += Self.identifiers(contained["identifier"])
                    codes += Self.codes(contained["meta"])
                }
            }
        }
    }

    private static func codes(_ meta: FHIRValue) -> [Indicator.Value?] {
        let security = meta["security"]
        guard security.isPresent else { return meta.isPresent && !meta.isObject ? [nil] : [] }
        guard security.isArray else { return [nil] }
        return security.elements.map { coding in
            coding["code"].text.map { Indicator.Value(code: $0, system: coding["system"].text) }
        }
    }

    private static func identifiers(_ value: FHIRValue) -> [Identifier] {
        let all = value.isObject ? [value] : value.elements
        return all.compactMap { one in
            // One that is no longer used (`old`) leads to the person as well: images of before have it.
            guard let text = one["value"].text else { return nil }
            return Identifier(
                system: one["system"].text, value: text,
                type: one["type"]["coding"].elements.compactMap { $0["code"].text }.first)
        }
    }
}
