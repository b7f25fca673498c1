internal import Crypto
public import Host
public import Transport

/// What a time stamping authority says of some bytes: they were there at this time (RFC 3161).
public struct TimeStamp: Hashable, Sendable {
    public var time: Instant
    /// In microseconds, before and after; nil when the authority does not say.
    public var accuracy: Int64?
    /// The authority's rules, as an object identifier.
    public var policy: String
    /// Hexadecimal digits.
    public var serial: String
    /// Who signed, as the certificate names it (RFC 2253).
    public var authority: String
    /// The certificate was valid when it signed, and is no longer: the stamp holds as long as the authority kept its key.
    public var isCertificateExpired = false

    /// A question that a response answers.
    public struct Request: Hashable, Sendable {
        /// DER.
        public let bytes: [UInt8]
        /// What the stamp is to be of.
        public let content: [UInt8]

        /// Asks for the authority's certificate too, and has a number that nobody can foresee.
        public init(of content: [UInt8]) throws(LogError) {
            self.content = content
            bytes = try TimeStampLibrary.request(
                Array(SHA256.hash(data: content)), nonce: UInt64.random(in: 0...UInt64.max))
        }

        /// As it was written to a file.
        public init(bytes: [UInt8], content: [UInt8]) {
            self.bytes = bytes
            self.content = content
        }

        /// Asks an authority by HTTP (RFC 3161 3.4).
        ///
        /// - Returns: the DER of its response, which is not verified yet.
        public func send(to url: String, tls: TLSSettings = TLSSettings()) throws(LogError) -> [UInt8] {
            do throws(TransportError) {
                return try HTTPRequest.post(
                    bytes, type: "application/timestamp-query", to: url, accepting: "application/timestamp-reply",
                    tls: tls)
            } catch {
                throw LogError(.unavailable, "the time stamping authority: \(error.message)")
            }
        }

        /// Verifies the response to this request.
        public func verify(_ response: [UInt8], authorities: [UInt8]) throws(LogError) -> TimeStamp {
            try TimeStamp.verify(response, of: content, request: bytes, authorities: authorities)
        }
    }

    /// Verifies a response that was kept.
    ///
    /// - Parameters:
    ///   - response: DER.
    ///   - content: what it should be of.
    ///   - request: its request, whose nonce it must have; nil where that was not kept.
    ///   - authorities: certificates in PEM, chosen by whoever verifies. Lists of revoked ones are not asked for.
    public static func verify(
        _ response: [UInt8], of content: [UInt8], request: [UInt8]? = nil, authorities: [UInt8],
        now: Instant = .now
    ) throws(LogError) -> TimeStamp {
        let digest = Array(SHA256.hash(data: content))
        var stamp = try TimeStampLibrary.verify(
            response, of: digest, request: request, authorities: authorities, at: nil)
        do throws(LogError) {
            _ = try TimeStampLibrary.verify(
                response, of: digest, request: request, authorities: authorities, at: Int(now.milliseconds / 1000))
        } catch {
            stamp.isCertificateExpired = true
        }
        return stamp
    }
}
