internal import HealthLevelSeven
internal import Host
internal import Registry

/// What codes of messages mean: labels, by configuration. A code that is not written, and one that cannot be read, means the most
/// restrictive that is (P2).
struct IndicatorMap: Sendable {
    private let configuration: GatewayConfiguration.HL7
    /// Of a code that nobody knows.
    private let unknown: [GatewayConfiguration.HL7.Code]

    init(_ configuration: GatewayConfiguration.HL7) {
        self.configuration = configuration
        if let label = configuration.unknown {
            unknown = [.init(field: "", value: "*", label: label)]
        } else {
            var seen = Set<String>()
            unknown = configuration.codes.filter { code in
                code.label.map { seen.insert($0).inserted } ?? false
            }
        }
    }

    /// What one code means.
    struct Meaning {
        var labels: [FeedNews.Label]
        /// False for a code that the configuration does not have.
        var isKnown: Bool
    }

    /// - Parameter value: nil for one that cannot be read.
    func meaning(of value: Indicator.Value?, in place: Indicator.Place, until end: HL7Time?) -> Meaning {
        guard let value, let codes = codes(value, place) else {
            let reason =
                value == nil
                ? "\(place.rawValue) cannot be read, which counts as the most restrictive"
                : "\(place.rawValue) has a code that the configuration does not have; it counts as the most restrictive"
            return Meaning(labels: labels(unknown, reason: reason, until: end), isKnown: false)
        }
        return Meaning(labels: labels(codes, reason: "told by \(place.rawValue)", until: end), isKnown: true)
    }

    /// Codes as they are written, exactly; then `*`. Nil when there are none.
    private func codes(_ value: Indicator.Value, _ place: Indicator.Place) -> [GatewayConfiguration.HL7.Code]? {
        let here = configuration.codes.filter { code in
            code.field == place.rawValue && (code.system == nil || code.system == value.system)
        }
        let exact = here.filter { $0.value == value.code }
        if !exact.isEmpty { return exact }
        let any = here.filter { $0.value == "*" }
        return any.isEmpty ? nil : any
    }

    private func labels(
        _ codes: [GatewayConfiguration.HL7.Code], reason: String, until end: HL7Time?
    ) -> [FeedNews.Label] {
        // Without an offset the sender's day may end twelve hours after that of UTC.
        let expires = end.map { $0.hasOffset ? $0.end : $0.end.adding(seconds: 12 * 3600) }
        return codes.compactMap { code in
            code.label.map { FeedNews.Label($0, tellsOfHold: code.tellsOfHold, reason: reason, expires: expires) }
        }
    }

    /// What an indicator states, place by place, and places of which a code was not known.
    func statements(_ indicators: [Indicator], of patients: [PatientIdentity]) -> (
        [FeedNews.Statement], warnings: [MessageError]
    ) {
        var labels: [String: [FeedNews.Label]] = [:]
        // Of a visit that cannot be told from another nothing is taken away.
        var parts: Set<String> = []
        var warnings: [MessageError] = []
        func add(_ meaning: Meaning, at place: String) {
            var all = labels[place] ?? []
            for label in meaning.labels where !all.contains(label) { all.append(label) }
            labels[place] = all
        }
        func warn(_ place: Indicator.Place, _ reason: String) {
            warnings.append(MessageError(.tableValue, place.rawValue, reason, severity: .warning))
        }
        for indicator in indicators {
            let place = indicator.place
            let whole = Self.key(indicator)
            if indicator.visit?.isEmpty ?? false { parts.insert(whole) }
            for value in indicator.removed {
                // What an unknown code gave cannot be told from what another one gave: it stays.
                guard codes(value, place) != nil else {
                    warn(place, "the code that is taken away is not in the configuration; nothing is")
                    continue
                }
                let key = Self.key(value, place)
                labels[key] = labels[key] ?? []
            }
            switch indicator.statement {
            case .none where indicator.isWhole && !place.isOfRestriction:
                labels[whole] = labels[whole] ?? []
            case .none: warn(place, "restrictions are taken away by the action code D, one by one")
            case .values(let values):
                if indicator.isWhole { labels[whole] = labels[whole] ?? [] }
                for value in values {
                    let meaning = meaning(of: value, in: place, until: indicator.end)
                    if !meaning.isKnown {
                        warn(place, "the code is not in the configuration; it counts as the most restrictive")
                    }
                    // A code of the configuration may stand on the log; others might be anything.
                    add(
                        meaning,
                        at: indicator.isWhole ? whole : Self.key(meaning.isKnown ? value : nil, place))
                }
            }
        }
        let statements = labels.keys.sorted().map { key in
            FeedNews.Statement(
                place: key, patients: patients, labels: labels[key] ?? [], isWhole: !parts.contains(key))
        }
        return (statements, warnings)
    }

    /// Where an indicator stands, and of which visit: another visit that has none takes nothing away from this one. The visit's
    /// number is not on the log.
    private static func key(_ indicator: Indicator) -> String {
        [indicator.place.rawValue, indicator.visit.map(short)].compactMap { $0 }.joined(separator: " ")
    }

    /// Where one code of several stands by itself: the same code of another coding system is another. `?` for one of which nothing
    /// may be on the log.
    private static func key(_ value: Indicator.Value?, _ place: Indicator.Place) -> String {
        guard let value else { return "\(place.rawValue) ?" }
        return [place.rawValue, value.code, value.system.map(short)].compactMap { $0 }.joined(separator: " ")
    }

    private static func short(_ text: String) -> String {
        String(ContentDigest(of: text.utf8).hexadecimal.prefix(16))
    }
}

extension Indicator.Place {
    fileprivate var isOfRestriction: Bool { rawValue.hasPrefix("ARV") }
}
