internal import Deidentification
internal import DigitalSignatures
package import Gatekeeper
package import Host
internal import Inputs
internal import RuleBundle
package import RuleEngine
package import RuleLanguage
internal import Synchronization

/// A configuration with its rules, ready to decide. Immutable: a reload makes another. One for all who work by it: it is asked for with each
/// object that comes, by many at once, and is too large to be copied each time.
package final class Setup: Sendable {
    package let configuration: GatewayConfiguration
    package let ruleSet: RuleSet
    package let evaluator: Evaluator
    /// By audience, at the time when this was loaded: those that a route names.
    private let gates: [String: Gate]
    /// Of the other audiences of the rule set: something may have gone to them by routes of before. Where nothing could be made for
    /// them now, what they have is judged all the same.
    private let others: [String: Gate]

    /// For whoever puts it in force: the revision of signed rules is remembered, and an older one refused from then on.
    ///
    /// Throws when an audience that a route names cannot be served: a key that is missing, a profile that can make nothing safe.
    package init(_ loaded: ConfigurationLoader.Loaded, now: Instant) throws(GatewayError) {
        configuration = loaded.configuration
        ruleSet = loaded.ruleSet
        evaluator = Evaluator(loaded.ruleSet, signatures: try Self.signatures(loaded.configuration.site))
        var gates: [String: Gate] = [:], others: [String: Gate] = [:]
        var key: DeidentificationKey?
        if let path = loaded.configuration.site.key {
            do throws(DeidentificationKey.KeyError) { key = try DeidentificationKey(path: path) } catch {
                throw GatewayError(.arguments, error.message)
            }
        }
        for name in Set(configuration.routes.flatMap(\.targets).map(\.audience)) {
            guard let audience = ruleSet.audiences[name] else {
                throw GatewayError(.arguments, "the rule set has no audience `\(name)`")
            }
            do throws(RunError) {
                gates[name] = try Gate(
                    ruleSet: ruleSet, audience: audience, key: Gate.profiles(of: audience).isEmpty ? nil : key,
                    time: Self.dateTime(now))
            } catch {
                throw GatewayError(.arguments, error.message)
            }
        }
        for (name, audience) in ruleSet.audiences where gates[name] == nil {
            do throws(RunError) {
                others[name] = try Gate(
                    ruleSet: ruleSet, audience: audience, key: Gate.profiles(of: audience).isEmpty ? nil : key,
                    time: Self.dateTime(now))
            } catch {
                others[name] = Gate(judging: audience, in: ruleSet, time: Self.dateTime(now))
            }
        }
        self.gates = gates
        self.others = others
        // Last, so that a setup that cannot serve keeps no older rules out.
        do throws(BundleError) { try loaded.signed?.remember() } catch {
            throw GatewayError(.arguments, error.message)
        }
    }

    /// Looks at digital signatures, when rules ask.
    private static func signatures(
        _ site: GatewayConfiguration.Site
    ) throws(GatewayError) -> SignatureVerifier {
        do {
            let roots = try site.signatureRoots.map { try FileAccess.read($0, limit: 16 << 20).bytes }
            return try SignatureVerifier(roots: roots)
        } catch {
            throw GatewayError(.arguments, "the certificates of `signature-roots` cannot be read: give PEM")
        }
    }

    /// What lets instances pass to an audience that a route names, sorted by audience.
    ///
    /// - Parameter earlier: audiences for which something was decided before, wherever routes lead now: likewise, where the rule
    ///   set still has them.
    package func gates(at time: Instant, earlier: Set<String> = []) throws(GatewayError) -> [Gate] {
        let dateTime = Self.dateTime(time)
        var found: [String: Gate] = [:]
        do throws(RunError) {
            for (name, gate) in gates { found[name] = try gate.at(dateTime) }
        } catch {
            throw GatewayError(.arguments, error.message)
        }
        for (name, gate) in others where earlier.contains(name) {
            do throws(RunError) { found[name] = try gate.at(dateTime) } catch {
                found[name] = Gate(judging: gate.audience, in: ruleSet, time: dateTime)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A DT (PS3.5 6.2) in UTC: `20261123204500+0000`.
    static func dateTime(_ time: Instant) -> String {
        let digits = time.description.prefix(19).filter(\.isNumber)
        return digits + "+0000"
    }
}

/// The setup in force. Whoever begins something takes it once and goes on with it.
package final class CurrentSetup: Sendable {
    private let state: Mutex<Setup>

    package init(_ setup: Setup) { state = Mutex(setup) }

    package var setup: Setup { state.withLock { $0 } }

    package func replace(_ setup: Setup) { state.withLock { $0 = setup } }
}
