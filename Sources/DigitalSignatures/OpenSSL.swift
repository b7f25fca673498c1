import COpenSSL
import Host

// The only file of the module that calls OpenSSL. What it makes it frees; nothing keeps a pointer beyond its owner.

/// A hash function that MAC Algorithm (0400,0015) names.
enum MACDigest: String, CaseIterable, Sendable {
    case ripemd160 = "RIPEMD160"
    case md5 = "MD5"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha384 = "SHA384"
    case sha512 = "SHA512"

    init?(name: String) { self.init(rawValue: name) }

    var isWeak: Bool { self == .ripemd160 || self == .md5 || self == .sha1 }

    fileprivate var method: OpaquePointer? {
        switch self {
        case .ripemd160: unsafe EVP_ripemd160()
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

/// A digest that is being computed.
@safe final class RunningDigest {
    private let context: OpaquePointer

    init?(_ digest: MACDigest) {
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        guard unsafe EVP_DigestInit_ex(context, digest.method, nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
            return nil
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    func update(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        _ = unsafe EVP_DigestFinal_ex(context, &bytes, &count)
        return Array(bytes.prefix(Int(count)))
    }
}

/// The certificate of a signer.
@safe final class SignerCertificate {
    fileprivate let handle: OpaquePointer

    /// Nil for what is no certificate. A NUL of padding may follow.
    init?(der: [UInt8]) {
        guard der.count <= 1 << 20 else { return nil }
        let parsed = unsafe der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            ERR_clear_error()
            var next = buffer.baseAddress
            guard let handle = unsafe d2i_X509(nil, &next, buffer.count) else { return nil }
            return unsafe handle
        }
        ERR_clear_error()
        guard let parsed = unsafe parsed else { return nil }
        unsafe handle = parsed
    }

    deinit { unsafe X509_free(handle) }

    /// Whether it is one for signing: a certificate that says what its key is for (RFC 5280 4.2.1.3, 4.2.1.12) must say that. One for
    /// TLS servers, say, is held by machines that sign nothing.
    var isForSigning: Bool {
        guard unsafe cordon_extended_use_signs(handle) == 1 else { return false }
        let uses = unsafe X509_get_key_usage(handle)
        return uses == .max || uses & UInt32(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) != 0
    }

    /// Whether a signature is that of its key over a digest; nil for a key of another kind than RSA, DSA and elliptic curves.
    func verifies(_ signature: [UInt8], of mac: [UInt8], _ digest: MACDigest) -> Bool? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let key = unsafe X509_get0_pubkey(handle) else { return nil }
        let kind = unsafe EVP_PKEY_get_base_id(key)
        guard [EVP_PKEY_RSA, EVP_PKEY_DSA, EVP_PKEY_EC].contains(kind) else { return nil }
        // OB has an even length: a byte of padding may follow the signature, which says by itself how long it is.
        var candidates = [signature]
        if signature.last == 0 { candidates.append(Array(signature.dropLast())) }
        for candidate in candidates {
            guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return nil }
            defer { unsafe EVP_PKEY_CTX_free(context) }
            guard unsafe EVP_PKEY_verify_init(context) == 1 else { return nil }
            if kind == EVP_PKEY_RSA {
                guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                    unsafe EVP_PKEY_CTX_set_signature_md(context, digest.method) == 1
                else { return nil }
            }
            if unsafe EVP_PKEY_verify(context, candidate, candidate.count, mac, mac.count) == 1 { return true }
        }
        return false
    }
}

/// Certificates that a site trusts, and those between them and signers.
@safe final class TrustedRoots: Sendable {
    private let pem: [UInt8]

    init(pem: [UInt8]) throws(SignatureError) {
        self.pem = pem
        guard pem.count <= 16 << 20, let store = unsafe store(at: nil) else {
            throw SignatureError(.unverifiable, "there is no certificate in PEM that could be trusted")
        }
        unsafe X509_STORE_free(store.0)
        unsafe cordon_certificates_free_all(store.1)
    }

    /// A store of those that signed themselves, and a stack of the others.
    /// - Parameter time: when certificates are to be valid; nil where nothing is verified.
    private func store(at time: Instant?) -> (OpaquePointer, OpaquePointer)? {
        guard let store = unsafe X509_STORE_new(), let others = unsafe cordon_certificates_new() else { return nil }
        var count = 0
        unsafe pem.withUnsafeBytes { buffer in
            let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count))
            defer { unsafe BIO_free(bio) }
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
                count += 1
                if unsafe X509_self_signed(certificate, 0) == 1 {
                    _ = unsafe X509_STORE_add_cert(store, certificate)
                    unsafe X509_free(certificate)
                } else if unsafe cordon_certificates_push(others, certificate) == 0 {
                    unsafe X509_free(certificate)
                }
            }
        }
        ERR_clear_error()
        guard count > 0 else {
            unsafe X509_STORE_free(store)
            unsafe cordon_certificates_free_all(others)
            return nil
        }
        // 112 bits (level 2 of SSL_CTX_set_security_level(3)): no RSA below 2048 bits, and no certificate that is signed by way of MD5 or
        // SHA-1, which somebody else may have made.
        unsafe X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), 2)
        if let time {
            unsafe X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), Int(time.milliseconds / 1000))
        }
        return unsafe (store, others)
    }

    /// Throws unless the certificate leads to a root, and was valid then.
    func vouch(for certificate: SignerCertificate, at time: Instant) throws(SignatureError) {
        guard let (store, others) = unsafe store(at: time), let context = unsafe X509_STORE_CTX_new() else {
            throw SignatureError(.unverifiable, "the trusted certificates cannot be read")
        }
        defer {
            unsafe X509_STORE_CTX_free(context)
            unsafe X509_STORE_free(store)
            unsafe cordon_certificates_free_all(others)
            ERR_clear_error()
        }
        guard unsafe X509_STORE_CTX_init(context, store, certificate.handle, others) == 1 else {
            throw SignatureError(.unverifiable, "its certificate cannot be checked")
        }
        guard unsafe X509_verify_cert(context) == 1 else {
            let code = unsafe X509_STORE_CTX_get_error(context)
            let why =
                unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) } ?? "it does not hold"
            throw SignatureError(.unverifiable, "nobody trusted vouches for its certificate: \(why)")
        }
    }

    /// When a time stamp token (RFC 3161) over a signature says that it was there; nil for one that does not hold.
    func time(of token: [UInt8], on signature: [UInt8]) -> Instant? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        var time = Int64(0)
        guard unsafe cordon_time_of_token(token, token.count, &time) == 1 else { return nil }
        let moment = Instant(milliseconds: time * 1000)
        var candidates = [signature]
        if signature.last == 0 { candidates.append(Array(signature.dropLast())) }
        for candidate in candidates {
            guard let (store, others) = unsafe store(at: moment) else { return nil }
            unsafe cordon_certificates_free_all(others)
            // The store is the context's from here on.
            if unsafe cordon_token_verifies(token, token.count, candidate, candidate.count, store) == 1 {
                return moment
            }
        }
        return nil
    }
}
