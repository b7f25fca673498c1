import Gatekeeper
import Host
import Inputs
import RuleLanguage

extension AccessCore {
    /// What makes copies for an audience.
    func gate(for audience: String, at time: Instant) throws(AccessError) -> Gate {
        guard let audience = ruleSet.audiences[audience] else {
            throw AccessError(.configuration, "audience `\(audience)` is not in the rule set")
        }
        do throws(RunError) {
            return try Gate(ruleSet: ruleSet, audience: audience, key: key, time: Self.dateTime(time))
        } catch {
            throw AccessError(.configuration, "\(error)")
        }
    }

    /// A DT (PS3.5 6.2): `20261129201500+0000`.
    static func dateTime(_ time: Instant) -> String {
        String(time.description.prefix(19).filter { $0.isASCII && $0.isNumber }) + "+0000"
    }
}
