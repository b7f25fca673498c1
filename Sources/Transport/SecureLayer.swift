import COpenSSL
import Host

/// TLS over a socket, from the side of the client: OpenSSL only ever sees memory.
// SAFETY: one connection is used by one thread at a time, which its owner, a `Connection`, is; the library frees with the
// connection what was given to it.
@safe
final class SecureLayer {
    private let socket: Socket
    private let tls: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    init(_ socket: Socket, host: String, settings: TLSSettings) throws(TransportError) {
        self.socket = socket
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw Self.failure(.configuration, "there is no memory for TLS")
        }
        do throws(TransportError) {
            try unsafe Self.configure(context, settings)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        let tls = unsafe SSL_new(context)
        let incoming = unsafe BIO_new(BIO_s_mem())
        let outgoing = unsafe BIO_new(BIO_s_mem())
        // The connection keeps the context.
        unsafe SSL_CTX_free(context)
        guard let tls = unsafe tls, let incoming = unsafe incoming, let outgoing = unsafe outgoing else {
            unsafe SSL_free(tls)
            unsafe BIO_free(incoming)
            unsafe BIO_free(outgoing)
            throw Self.failure(.configuration, "there is no memory for TLS")
        }
        unsafe cordon_bio_wait_at_end(incoming)
        unsafe cordon_bio_wait_at_end(outgoing)
        unsafe SSL_set_bio(tls, incoming, outgoing)
        unsafe SSL_set_connect_state(tls)
        unsafe self.tls = tls
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        let name = settings.serverName ?? host
        let isAddress = unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name) == 1
        ERR_clear_error()
        if !isAddress {
            guard unsafe cordon_tls_name_server(tls, name) == 1, unsafe SSL_set1_host(tls, name) == 1 else {
                throw Self.failure(.configuration, "`\(name)` is no name of a server")
            }
        }
        try shakeHands(name)
    }

    deinit {
        unsafe SSL_free(tls)
    }

    private static func configure(_ context: OpaquePointer, _ settings: TLSSettings) throws(TransportError) {
        guard unsafe cordon_tls_set_versions(context) == 1 else { throw failure(.configuration, "no TLS 1.2") }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let path = settings.authorities {
            guard unsafe SSL_CTX_load_verify_file(context, path) == 1 else {
                throw failure(.configuration, "`\(path)` has no certificates of authorities (PEM)")
            }
        } else {
            guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw failure(.configuration, "the system has no certificates of authorities; name a file of them")
            }
        }
        guard let path = settings.certificate else { return }
        guard unsafe SSL_CTX_use_certificate_chain_file(context, path) == 1 else {
            throw failure(.configuration, "`\(path)` has no certificate (PEM)")
        }
        let key = settings.key ?? path
        // Nobody is there to be asked for a passphrase.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
        guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
            unsafe SSL_CTX_check_private_key(context) == 1
        else { throw failure(.configuration, "`\(key)` has no private key (PEM) of the certificate") }
    }

    private func shakeHands(_ name: String) throws(TransportError) {
        while true {
            ERR_clear_error()
            let result = unsafe SSL_do_handshake(tls)
            let reason = unsafe SSL_get_error(tls, result)
            if result == 1 { return try flush() }
            guard reason == SSL_ERROR_WANT_READ else {
                // An alert that says why, for the other side.
                try? flush()
                let verdict = unsafe SSL_get_verify_result(tls)
                if verdict != X509_V_OK, let words = unsafe X509_verify_cert_error_string(verdict) {
                    throw TransportError(
                        .untrusted, "the certificate of `\(name)` is not trusted: \(unsafe String(cString: words))")
                }
                throw Self.failure(.untrusted, "TLS with `\(name)` could not be agreed on")
            }
            try flush()
            guard try takeIn() else {
                throw TransportError(.broken, "`\(name)` ended the connection before TLS was agreed on")
            }
        }
    }

    /// Sends what the library has to say.
    private func flush() throws(TransportError) {
        let count = unsafe cordon_bio_pending(outgoing)
        guard count > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: count)
        let taken = unsafe BIO_read(outgoing, &bytes, Int32(clamping: count))
        try socket.send(Array(bytes.prefix(Int(max(0, taken)))))
    }

    /// Gives the library what has come; false at the end.
    private func takeIn() throws(TransportError) -> Bool {
        let bytes = try socket.receive()
        guard !bytes.isEmpty else { return false }
        guard unsafe BIO_write(incoming, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw Self.failure(.broken, "what came could not be taken in")
        }
        return true
    }

    func send(_ bytes: [UInt8]) throws(TransportError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            ERR_clear_error()
            let piece = rest.prefix(1 << 14)
            let count = unsafe piece.withUnsafeBytes { unsafe SSL_write(tls, $0.baseAddress, Int32($0.count)) }
            let reason = unsafe SSL_get_error(tls, count)
            try flush()
            if count > 0 {
                rest = rest.dropFirst(Int(count))
            } else {
                guard reason == SSL_ERROR_WANT_READ, try takeIn() else {
                    throw Self.failure(.broken, "the connection broke")
                }
            }
        }
    }

    /// What has come; waits for something. Empty when the other side has said so by TLS, not when the line was cut.
    func receive() throws(TransportError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            ERR_clear_error()
            let count = unsafe SSL_read(tls, &piece, Int32(piece.count))
            if count > 0 { return Array(piece.prefix(Int(count))) }
            let reason = unsafe SSL_get_error(tls, count)
            try flush()
            switch reason {
            case SSL_ERROR_ZERO_RETURN: return []
            case SSL_ERROR_WANT_READ:
                guard try takeIn() else { throw TransportError(.broken, "the connection was cut") }
            default: throw Self.failure(.broken, "the connection broke")
            }
        }
    }

    /// Says that nothing more is coming (`close_notify`), and waits for the end. What the other side still says may be that it
    /// does not believe us; that it ends without `close_notify`, as many receivers do, is an end.
    func finish() throws(TransportError) {
        _ = unsafe SSL_shutdown(tls)
        try flush()
        try socket.finishSending()
        while try !isAtEnd() {}
    }

    private func isAtEnd() throws(TransportError) -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 12)
        ERR_clear_error()
        let count = unsafe SSL_read(tls, &piece, Int32(piece.count))
        if count > 0 { return false }
        switch unsafe SSL_get_error(tls, count) {
        case SSL_ERROR_ZERO_RETURN: return true
        case SSL_ERROR_WANT_READ: return try !takeIn()
        default: throw Self.failure(.broken, "the connection broke")
        }
    }

    /// The library's reasons, which are constants.
    private static func failure(_ code: TransportError.Code, _ what: String) -> TransportError {
        var reasons: [String] = []
        while true {
            let number = ERR_get_error()
            if number == 0 { break }
            guard let text = unsafe ERR_reason_error_string(number) else { continue }
            let reason = unsafe String(cString: text)
            if !reasons.contains(reason), reasons.count < 3 { reasons.append(reason) }
        }
        return TransportError(code, reasons.isEmpty ? what : "\(what) (\(reasons.joined(separator: ", ")))")
    }
}
