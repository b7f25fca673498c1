import COpenSSL
import Glibc

// The only file here that calls the library. What it is given is freed by whoever holds it; nothing keeps a pointer to
// bytes beyond a call; certificates and keys are only read once they are made, which OpenSSL allows from any thread.

/// An X.509 certificate.
@safe
final class Certificate: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    enum Algorithm: Sendable { case rsa, curve, other }
    enum Usage: Sendable { case keyEncipherment, keyAgreement }

    init(pem: [UInt8]) throws(EnvelopeError) {
        let found = unsafe Input.reading(pem) { bio in
            // SAFETY: the certificate is made in the library's context of ours, which keys taken out of it are used in.
            var certificate = unsafe X509_new_ex(Library.context, nil)
            guard unsafe PEM_read_bio_X509(bio, &certificate, Library.noPassphrase, nil) != nil else {
                unsafe X509_free(certificate)
                return unsafe (nil as OpaquePointer?, false)
            }
            let second = unsafe PEM_read_bio_X509(bio, nil, Library.noPassphrase, nil)
            defer { unsafe X509_free(second) }
            return unsafe (certificate, second != nil)
        }
        Library.clearErrors()
        guard let certificate = unsafe found.0 else {
            throw EnvelopeError(.certificate, "there is no X.509 certificate in PEM (`-----BEGIN CERTIFICATE-----`)")
        }
        unsafe pointer = certificate
        if unsafe found.1 {
            throw EnvelopeError(.certificate, "there is more than one certificate; put each into a file of its own")
        }
    }

    deinit { unsafe X509_free(pointer) }

    func der() throws(EnvelopeError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509(pointer, &bytes)
        defer { unsafe CRYPTO_free(bytes, #file, #line) }
        guard count > 0, let bytes = unsafe bytes else { throw Library.failure(.certificate, "it cannot be encoded") }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Reads the extensions, so that nothing is left to do for threads at the same time.
    var hasInvalidExtensions: Bool { unsafe X509_get_extension_flags(pointer) & UInt32(EXFLAG_INVALID) != 0 }

    /// Whether Key Usage (RFC 5280 4.2.1.3) has it; without that extension everything is allowed.
    func allows(_ usage: Usage) -> Bool {
        let bit = usage == .keyEncipherment ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT
        return unsafe X509_get_key_usage(pointer) & UInt32(bit) != 0
    }

    var algorithm: Algorithm {
        guard let key = unsafe X509_get0_pubkey(pointer) else { return .other }
        return switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: .rsa
        case EVP_PKEY_EC: .curve
        default: .other
        }
    }

    var bits: Int {
        guard let key = unsafe X509_get0_pubkey(pointer) else { return 0 }
        return unsafe Int(EVP_PKEY_get_bits(key))
    }

    /// The first and the last second in which it is valid.
    var validity: ClosedRange<Moment>? {
        guard let begin = unsafe Self.moment(X509_get0_notBefore(pointer)),
            let end = unsafe Self.moment(X509_get0_notAfter(pointer)), begin <= end
        else { return nil }
        return begin...end
    }

    private static func moment(_ time: UnsafePointer<ASN1_TIME>?) -> Moment? {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe Moment(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }

    func isPaired(with key: PrivateKey) -> Bool {
        defer { Library.clearErrors() }
        return unsafe X509_check_private_key(pointer, key.pointer) == 1
    }
}

/// A private key.
@safe
final class PrivateKey: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    init(pem: [UInt8], passphrase: [UInt8]?) throws(EnvelopeError) {
        if let passphrase, passphrase.isEmpty || passphrase.contains(0) || passphrase.count > 1000 {
            throw EnvelopeError(.passphrase, "a passphrase has 1 to 1000 bytes, none of them zero")
        }
        let key = unsafe Input.reading(pem) { bio -> OpaquePointer? in
            guard let passphrase else {
                return unsafe PEM_read_bio_PrivateKey(bio, nil, Library.noPassphrase, nil)
            }
            // SAFETY: without a callback the last argument is the passphrase, ended by zero, and lives through the call.
            return unsafe (passphrase + [0]).withUnsafeBufferPointer { text in
                unsafe PEM_read_bio_PrivateKey(bio, nil, nil, UnsafeMutableRawPointer(mutating: text.baseAddress))
            }
        }
        guard let key = unsafe key else {
            defer { Library.clearErrors() }
            let isEncrypted = pem.isEncryptedKey
            if isEncrypted, passphrase == nil {
                throw EnvelopeError(.passphrase, "the private key is encrypted; give its passphrase")
            }
            throw isEncrypted
                ? EnvelopeError(.passphrase, "the passphrase does not open the private key")
                : EnvelopeError(.privateKey, "there is no private key in PEM (`-----BEGIN PRIVATE KEY-----`)")
        }
        unsafe pointer = key
    }

    deinit { unsafe EVP_PKEY_free(pointer) }
}

/// EnvelopedData, made and opened.
enum EnvelopedData {
    static func encrypt(
        _ content: [UInt8], _ recipients: [Certificate], _ randomness: Envelope.Randomness
    ) throws(EnvelopeError) -> [UInt8] {
        // SAFETY: the stack borrows certificates, which `recipients` keeps; the library takes references of its own.
        let certificates = unsafe cordon_certificates_new()
        defer { unsafe cordon_certificates_free(certificates) }
        for recipient in recipients {
            guard unsafe cordon_certificates_push(certificates, recipient.pointer) > 0 else {
                throw Library.failure(.failed, "nothing can be encrypted")
            }
        }
        try Library.set(randomness)
        defer { Library.forgetRandomness() }
        let envelope = unsafe Input.reading(content) { bio in
            unsafe CMS_encrypt_ex(certificates, bio, EVP_aes_256_cbc(), UInt32(CMS_BINARY), Library.context, nil)
        }
        guard let envelope = unsafe envelope else { throw Library.failure(.failed, "nothing can be encrypted") }
        defer { unsafe CMS_ContentInfo_free(envelope) }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_CMS_ContentInfo(envelope, &bytes)
        defer { unsafe CRYPTO_free(bytes, #file, #line) }
        guard count > 0, let bytes = unsafe bytes else { throw Library.failure(.failed, "nothing can be encrypted") }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    static func decrypt(
        _ der: [UInt8], _ key: PrivateKey, _ certificate: Certificate?
    ) throws(EnvelopeError) -> [UInt8] {
        var used = 0
        // SAFETY: the library moves its copy of the pointer through the bytes, within the count.
        let envelope = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            let envelope = unsafe d2i_CMS_ContentInfo(nil, &position, bytes.count)
            if let start = bytes.baseAddress, let position = unsafe position {
                used = unsafe position - start
            }
            return unsafe envelope
        }
        guard let envelope = unsafe envelope else { throw Library.failure(.damaged, "it is no CMS, or damaged") }
        defer { unsafe CMS_ContentInfo_free(envelope) }
        guard der.count - used <= 1 else { throw EnvelopeError(.damaged, "bytes follow the CMS") }
        let type = unsafe OBJ_obj2nid(CMS_get0_type(envelope))
        guard type == NID_pkcs7_enveloped || type == NID_id_smime_ct_authEnvelopedData else {
            throw EnvelopeError(.damaged, "the CMS is not of the type EnvelopedData")
        }
        let recipients = unsafe Int(cordon_recipients_count(envelope))
        guard let output = unsafe BIO_new(BIO_s_mem()) else { throw Library.failure(.failed, "no memory") }
        defer { unsafe BIO_free(output) }
        let isOpen = unsafe CMS_decrypt(
            envelope, key.pointer, certificate?.pointer, nil, output, UInt32(CMS_BINARY))
        guard isOpen == 1 else {
            // With padding of PKCS #1 v1.5 the library does not say whether the key or the content is wrong, so that
            // nobody can use it to find out more.
            let count = "\(recipients) \(recipients == 1 ? "recipient" : "recipients")"
            throw Library.failure(.notForKey, "the key does not open it: it is for others (\(count)), or damaged")
        }
        var bytes: UnsafePointer<CChar>?
        let count = unsafe cordon_bio_bytes(output, &bytes)
        guard count > 0, let bytes = unsafe bytes else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}

/// What is needed of the library as a whole.
@safe
private enum Library {
    /// A context of our own: it reads no configuration file, and its generators hand out what they are given (EVP_RAND-
    /// TEST-RAND(7)); they belong to one thread each. Nothing else may draw from them: it would get nothing, and fail.
    // SAFETY: made once, never freed, and used as the library allows from any thread.
    nonisolated(unsafe) static let context: OpaquePointer? = {
        let context = unsafe OSSL_LIB_CTX_new()
        guard unsafe RAND_set_DRBG_type(context, "TEST-RAND", nil, nil, nil) == 1 else { return nil }
        return unsafe context
    }()

    /// Refuses to give a passphrase; the library would ask on the terminal otherwise.
    static let noPassphrase:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) ->
            Int32 = { _, _, _, _ in -1 }

    /// For what the calling thread does next.
    static func set(_ randomness: Envelope.Randomness) throws(EnvelopeError) {
        guard let context = unsafe context, let seen = unsafe RAND_get0_public(context),
            let secret = unsafe RAND_get0_private(context),
            unsafe cordon_generator_set(seen, randomness.seen, randomness.seen.count) == 1,
            unsafe cordon_generator_set(secret, randomness.secret, randomness.secret.count) == 1
        else { throw failure(.failed, "the library's generators cannot be set") }
    }

    static func forgetRandomness() {
        unsafe cordon_generator_set(RAND_get0_public(context), [0], 0)
        unsafe cordon_generator_set(RAND_get0_private(context), [0], 0)
        clearErrors()
    }

    static func clearErrors() { ERR_clear_error() }

    /// Empties the thread's queue of errors. Their reasons are constants of the library; data that it adds, which may be
    /// anything, is left out.
    static func failure(_ code: EnvelopeError.Code, _ what: String) -> EnvelopeError {
        var reasons: [String] = []
        while true {
            let number = ERR_get_error()
            if number == 0 { break }
            guard let text = unsafe ERR_reason_error_string(number) else { continue }
            let reason = unsafe String(cString: text)
            if !reasons.contains(reason), reasons.count < 3 { reasons.append(reason) }
        }
        return EnvelopeError(code, reasons.isEmpty ? what : "\(what) (\(reasons.joined(separator: ", ")))")
    }
}

/// Bytes for the library to read.
private enum Input {
    static func reading<Result>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
        // SAFETY: the library reads from the array itself, which lives until `body` is done.
        unsafe bytes.withUnsafeBytes { buffer in
            let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count))
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }
}

extension [UInt8] {
    /// PKCS #8 and the older form say it in words.
    fileprivate var isEncryptedKey: Bool {
        let text = String(decoding: self, as: UTF8.self)
        return text.contains("ENCRYPTED")
    }
}
