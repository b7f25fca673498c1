package import Registry

/// What a gateway is told: where it listens, whom it knows, what goes where, and by which rules. Read from one file,
/// checked as a whole, and immutable.
package struct GatewayConfiguration: Sendable, Hashable {
    /// Name of the gateway in its logs.
    package var id: String
    package var site: Site
    package var quota = Quota()
    package var dicom: [DICOMListener] = []
    package var web: [WebListener] = []
    package var mllp: [MLLPListener] = []
    /// Health, readiness, metrics; nil for none.
    package var operations: OperationsListener?
    /// By id.
    package var peers: [String: Peer] = [:]
    /// Sorted by id.
    package var routes: [Route] = []
    package var archive: Archive?
    package var settling = Settling()
    package var retry = Retry()
    package var askers: [Asker] = []
    package var breakGlass: BreakGlass?
    package var identityProvider: IdentityProvider?
    package var hl7: HL7?
    /// Path of a file with names and hashed passcodes.
    package var users: String?
    /// Of the file, SHA-256 as 64 hexadecimal digits.
    package var digest = ""

    /// What it works with. Paths are as they are opened.
    package struct Site: Sendable, Hashable {
        /// Folder of the registry, in which `vault/` and `keys/` are.
        package var registry: String
        package var rules: String
        /// Whose signatures of the rules count; nil takes rules that nobody signed.
        package var trust: String?
        package var key: String?
        /// PEM: whom the site trusts to vouch for who signed data sets.
        package var signatureRoots: String?
        package var spool: String
        package var person: Person
        /// In place of what the rule set states.
        package var tier: Int?
    }

    /// How much it takes before it says that it is full. Bytes.
    package struct Quota: Sendable, Hashable {
        /// Nil for as many as fit.
        package var spool: Int64?
        package var reserve: Int64 = 1 << 30
        package var object: Int64 = 16 << 30
        package var memory: Int64 = 256 << 20
    }

    /// When a study counts as complete. Milliseconds.
    package struct Settling: Sendable, Hashable {
        package struct Time: Sendable, Hashable {
            package var after: Int64
            package var most: Int64
        }

        package var usual = Time(after: 120_000, most: 1_200_000)
        /// By the peer that sends.
        package var byPeer: [String: Time] = [:]

        package func time(from peer: String) -> Time { byPeer[peer] ?? usual }
    }

    /// How often something is sent again. Milliseconds.
    package struct Retry: Sendable, Hashable {
        package var first: Int64 = 10_000
        package var most: Int64 = 600_000
        /// How often a peer may refuse an object before a person is to look at it.
        package var attempts = 12
        package var seed: UInt64 = 1
    }
}

// MARK: - Listeners

extension GatewayConfiguration {
    /// Certificate and key that are shown, and who vouches for clients. Paths of PEM files.
    package struct ServerTLS: Sendable, Hashable {
        package var certificate: String
        package var key: String
        package var clients: String?
        /// `1.2` or `1.3`.
        package var minimum = "1.2"
    }

    /// For connections that we make. Paths of PEM files.
    package struct ClientTLS: Sendable, Hashable {
        package var roots: String
        package var certificate: String?
        package var key: String?
    }

    package struct DICOMListener: Sendable, Hashable {
        package var host: String
        package var port: Int
        /// The first is our own when we call.
        package var titles: [String]
        package var tls: ServerTLS?
        package var associations = 200
        /// Milliseconds.
        package var idle: Int64 = 60_000
    }

    package struct WebListener: Sendable, Hashable {
        package enum Login: String, Sendable, Hashable { case token, certificate, both, either }

        package var host: String
        package var port: Int
        package var path = "/dicom-web"
        /// How clients reach it, where something stands before it; nil for what their requests say.
        package var url: String?
        /// Whose pages may ask (CORS).
        package var origins: Set<String> = []
        package var login: Login
        package var takesObjects = true
        package var connections = 200
        package var tls: ServerTLS?
    }

    package struct MLLPListener: Sendable, Hashable {
        package var host: String
        package var port: Int
        /// Empty for any.
        package var addresses: [Network] = []
        package var tls: ServerTLS?
    }

    package struct OperationsListener: Sendable, Hashable {
        package var host = "127.0.0.1"
        package var port: Int
    }
}

// MARK: - Peers and routes

extension GatewayConfiguration {
    /// Another application entity.
    package struct Peer: Sendable, Hashable {
        package enum Role: String, Sendable, Hashable, CaseIterable { case send, receive, ask, tell }

        package var id: String
        package var title: String?
        package var host: String?
        package var port: Int?
        /// Of its DICOMweb service.
        package var url: String?
        /// From where it calls; empty for anywhere.
        package var addresses: [Network] = []
        /// Path of a PEM file: the very certificate that it shows.
        package var certificate: String?
        /// In the token by which it is known; it calls by DICOMweb alone then.
        package var claim: Claim?
        package var roles: Set<Role>
        package var audience: String?
        /// Code of the DCM scheme, title of the rejection notes that it understands.
        package var rejection: String?
        package var commits = false
        package var associations = 1
        package var rate: Rate?
        /// Milliseconds.
        package var timeout: Int64 = 60_000
        package var tls: ClientTLS?
        /// Path of a file with a bearer token.
        package var token: String?
    }

    /// So many in a span.
    package struct Rate: Sendable, Hashable {
        package var count: Int
        /// Milliseconds.
        package var span: Int64
    }

    /// PS3.7 9.1.1.1, Priority: what is sent first.
    package enum Priority: Int, Sendable, Hashable, Comparable {
        case high, medium, low

        package init?(_ name: String?) {
            switch name {
            case "high": self = .high
            case "medium", nil: self = .medium
            case "low": self = .low
            default: return nil
            }
        }

        package static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
    }

    /// Where instances go.
    package struct Route: Sendable, Hashable {
        package struct Target: Sendable, Hashable {
            package var peer: String
            package var audience: String
            package var priority: Priority
        }

        package var id: String
        /// Empty for all.
        package var peers: Set<String> = []
        /// Each of them must hold, by any of its terms.
        package var conditions: [[InstanceQuery.Term]] = []
        package var targets: [Target] = []

        /// Whether an instance from a peer takes this route. What cannot be read may be anything, and takes it: the audience
        /// decides what leaves.
        package func takes(_ instance: Instance, from peer: String) -> Bool {
            guard peers.isEmpty || peers.contains(peer) else { return false }
            return conditions.allSatisfy { terms in
                terms.contains { InstanceQuery(terms: [$0]).mayMean(instance) }
            }
        }
    }

    /// Where an instance goes, by all routes: for each peer and audience the highest priority that a route gives.
    package func targets(of instance: Instance, from peer: String) -> [Route.Target] {
        var best: [Route.Target] = []
        for target in routes.filter({ $0.takes(instance, from: peer) }).flatMap(\.targets) {
            if let index = best.firstIndex(where: { $0.peer == target.peer && $0.audience == target.audience }) {
                best[index].priority = min(best[index].priority, target.priority)
            } else {
                best.append(target)
            }
        }
        return best.sorted { ($0.peer, $0.audience) < ($1.peer, $1.audience) }
    }

    /// Audiences for which something may go to a peer, by any route.
    func audiences(of peer: String) -> Set<String> {
        Set(routes.flatMap(\.targets).filter { $0.peer == peer }.map(\.audience))
    }

    /// AE title that we have when we call.
    package var title: String { dicom.first?.titles.first ?? "CORDON" }
}

// MARK: - Looking

extension GatewayConfiguration {
    /// The archive behind.
    package struct Archive: Sendable, Hashable {
        package enum Access: String, Sendable, Hashable { case dimse, web }
        package enum Retrieval: String, Sendable, Hashable { case get, move }

        /// What is shown of studies that nobody has looked at, and what decisions of other revisions of the rule set mean.
        package enum Unseen: String, Sendable, Hashable { case withhold, evaluate }
        package enum Earlier: String, Sendable, Hashable { case asUnseen = "as-unseen", count }

        package var peer: String
        package var access = Access.dimse
        package var retrieval = Retrieval.get
        package var unseen = Unseen.withhold
        package var earlier = Earlier.asUnseen
    }

    /// Which audience somebody is. All that is given must be so.
    package struct Asker: Sendable, Hashable {
        package var audience: String
        /// Empty for any.
        package var peers: Set<String> = []
        /// A pattern in which `*` stands for any letters; likewise below.
        package var title: String?
        /// Of the subject of a certificate.
        package var certificate: String?
        package var user: String?
        package var claim: Claim?
        /// How what the audience gets de-identified is listed; nil for masked.
        package var deidentified: Deidentified?

        package enum Deidentified: String, Sendable, Hashable { case masked, deidentified, withheld }
    }

    /// What a token must say.
    package struct Claim: Sendable, Hashable {
        /// `groups`, `realm_access.roles`.
        package var name: String
        package var value: String
    }

    package struct BreakGlass: Sendable, Hashable {
        package var audience: String
        package var claim: Claim
        package var acr: String?
        package var amr: [String] = []
        /// Milliseconds.
        package var lasts: Int64 = 3_600_000
    }

    package struct IdentityProvider: Sendable, Hashable {
        package var issuer: String
        package var audience: String
        /// Path of a PEM file; nil for the system's.
        package var roots: String?
        /// Milliseconds.
        package var skew: Int64 = 60_000
        package var subject = "sub"
    }

    /// What other systems say of patients, and what it means here.
    package struct HL7: Sendable, Hashable {
        package struct Code: Sendable, Hashable {
            /// `PV1-16`, `meta.security`.
            package var field: String
            /// `*` for any that is not written.
            package var value: String
            /// Nil for any.
            package var system: String?
            /// Nil where the code says that there is nothing.
            package var label: String?
            package var tellsOfHold = false
        }

        package var feed = "hl7"
        package var issuer: String?
        package var characterSet = "UTF-8"
        package var codes: [Code] = []
        /// Of a code that is not written; nil for the labels of all codes.
        package var unknown: String?
        /// Issuers by assigning authority.
        package var authorities: [String: String] = [:]
        /// Types of identifiers that are Patient IDs; empty for all but those of accounts and visits.
        package var identifierTypes: Set<String> = []
        package var messageTypes: Set<String> = ["ADT"]
        /// Base URLs of the FHIR server that the feed is of.
        package var servers: [String] = []

        package init() {}
    }
}
