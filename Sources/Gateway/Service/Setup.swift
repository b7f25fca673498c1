internal import Deidentification
package import Gatekeeper
package import Host
internal import Inputs
package import RuleEngine
package import RuleLanguage
internal import Synchronization

/// A configuration with its rules, ready to decide. Immutable: a reload makes another.
package struct Setup: Sendable {
    package var configuration: GatewayConfiguration
    package var ruleSet: RuleSet
    package var evaluator: Evaluator
    /// By audience, at the time when this was loaded.
    private var gates: [String: Gate] = [:]

    /// Throws when an audience that a route names cannot be served: a key that is missing, a profile that can make nothing safe.
    package init(_ loaded: ConfigurationLoader.Loaded, now: Instant) throws(GatewayError) {
        configuration = loaded.configuration
        ruleSet = loaded.ruleSet
        evaluator = Evaluator(loaded.ruleSet)
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
    }

    /// What lets instances pass to an audience that a route names, sorted by audience.
    package func gates(at time: Instant) throws(GatewayError) -> [Gate] {
        do throws(RunError) {
            var result: [Gate] = []
            for (_, gate) in gates.sorted(by: { $0.key < $1.key }) { result.append(try gate.at(Self.dateTime(time))) }
            return result
        } catch {
            throw GatewayError(.arguments, error.message)
        }
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
