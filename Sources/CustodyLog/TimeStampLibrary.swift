internal import COpenSSL
internal import Host

// The only file of the log that calls OpenSSL. What it makes it frees; nothing keeps a pointer beyond a call.

/// RFC 3161 by OpenSSL's own implementation.
enum TimeStampLibrary {
    /// The DER of a request for a time stamp of a SHA-256.
    static func request(_ digest: [UInt8], nonce: UInt64) throws(LogError) -> [UInt8] {
        guard let request = makeRequest(digest) else { throw failure("the request cannot be made") }
        defer { TS_REQ_free(request) }
        let number = ASN1_INTEGER_new()
        defer { ASN1_INTEGER_free(number) }
        guard ASN1_INTEGER_set_uint64(number, nonce) == 1, TS_REQ_set_nonce(request, number) == 1,
            TS_REQ_set_cert_req(request, 1) == 1
        else { throw failure("the request cannot be made") }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_TS_REQ(request, &bytes)
        defer { CRYPTO_free(bytes, #file, #line) }
        guard count > 0, let bytes else { throw failure("the request cannot be made") }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    private static func makeRequest(_ digest: [UInt8]) -> OpaquePointer? {
        ERR_clear_error()
        let request = TS_REQ_new()
        let imprint = TS_MSG_IMPRINT_new()
        let algorithm = X509_ALGOR_new()
        defer {
            TS_MSG_IMPRINT_free(imprint)
            X509_ALGOR_free(algorithm)
        }
        var digest = digest
        guard X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil) == 1,
            TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1,
            TS_MSG_IMPRINT_set_msg(imprint, &digest, Int32(digest.count)) == 1,
            TS_REQ_set_version(request, 1) == 1, TS_REQ_set_msg_imprint(request, imprint) == 1
        else {
            TS_REQ_free(request)
            return nil
        }
        return request
    }

    /// What a response says, once it is sure that it is granted, is about the digest, and is signed by a certificate for
    /// time stamping that leads to one of the authorities at the moment given.
    ///
    /// - Parameters:
    ///   - request: the DER of the request that it answers, whose nonce it must have; nil when that is not at hand.
    ///   - authorities: certificates in PEM.
    ///   - moment: in seconds; nil for the moment that the response names.
    static func verify(
        _ response: [UInt8], of digest: [UInt8], request: [UInt8]?, authorities: [UInt8], at moment: Int?
    ) throws(LogError) -> TimeStamp {
        ERR_clear_error()
        guard let answer = read(response, d2i_TS_RESP, 1 << 20) else { throw failure("it is no response of RFC 3161") }
        defer { TS_RESP_free(answer) }
        let stamp = try statement(answer)
        var question = request.flatMap { read($0, d2i_TS_REQ, 1 << 16) }
        if request == nil { question = makeRequest(digest) }
        guard let question else { throw failure("the request is none of RFC 3161") }
        defer { TS_REQ_free(question) }
        guard isImprint(of: digest, question) else {
            throw LogError(.timeStamp, "the request is not for these bytes")
        }
        guard let context = TS_REQ_to_TS_VERIFY_CTX(question, nil) else { throw failure("it cannot be verified") }
        defer { TS_VERIFY_CTX_free(context) }
        TS_VERIFY_CTX_add_flags(context, Int32(TS_VFY_SIGNATURE | TS_VFY_SIGNER))
        TS_VERIFY_CTX_set_store(context, try store(authorities, moment ?? Int(stamp.time.milliseconds / 1000)))
        guard TS_RESP_verify_response(context, answer) == 1 else { throw failure("the time stamp does not hold") }
        return stamp
    }

    private static func read(
        _ bytes: [UInt8],
        _ parse: (UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, Int) ->
            OpaquePointer?,
        _ largest: Int
    ) -> OpaquePointer? {
        guard bytes.count <= largest else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            guard let value = parse(nil, &next, buffer.count) else { return nil }
            // Nothing may follow.
            guard next == buffer.baseAddress.map({ $0 + buffer.count }) else { return nil }
            return value
        }
    }

    private static func isImprint(of digest: [UInt8], _ request: OpaquePointer) -> Bool {
        guard let imprint = TS_REQ_get_msg_imprint(request), let algorithm = TS_MSG_IMPRINT_get_algo(imprint),
            OBJ_obj2nid(algorithm.pointee.algorithm) == NID_sha256, let message = TS_MSG_IMPRINT_get_msg(imprint)
        else { return false }
        return bytes(message).elementsEqual(digest)
    }

    private static func bytes(_ text: UnsafeMutablePointer<ASN1_STRING>) -> [UInt8] {
        Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text))))
    }

    private static func store(_ authorities: [UInt8], _ moment: Int) throws(LogError) -> OpaquePointer? {
        guard let store = X509_STORE_new() else { throw failure("there is no memory") }
        let count = authorities.withUnsafeBytes { buffer in
            let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count))
            defer { BIO_free(bio) }
            var count = 0
            while let certificate = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
                if X509_STORE_add_cert(store, certificate) == 1 { count += 1 }
                X509_free(certificate)
            }
            return count
        }
        ERR_clear_error()
        guard count > 0 else {
            X509_STORE_free(store)
            throw LogError(.timeStamp, "there are no certificates of time stamping authorities (PEM)")
        }
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), moment)
        return store
    }

    private static func statement(_ answer: OpaquePointer) throws(LogError) -> TimeStamp {
        guard let info = TS_RESP_get_tst_info(answer) else {
            let status = TS_RESP_get_status_info(answer).map { ASN1_INTEGER_get(TS_STATUS_INFO_get0_status($0)) }
            throw LogError(.timeStamp, "the authority grants no time stamp (status \(status ?? -1))")
        }
        guard let raw = TS_TST_INFO_get_time(info), let time = moment(bytes(UnsafeMutablePointer(mutating: raw))) else {
            throw LogError(.timeStamp, "the time stamp names no time")
        }
        let accuracy = TS_TST_INFO_get_accuracy(info).map { accuracy in
            Int64(ASN1_INTEGER_get(TS_ACCURACY_get_seconds(accuracy))) * 1_000_000
                + Int64(ASN1_INTEGER_get(TS_ACCURACY_get_millis(accuracy))) * 1000
                + Int64(ASN1_INTEGER_get(TS_ACCURACY_get_micros(accuracy)))
        }
        var policy = [CChar](repeating: 0, count: 128)
        OBJ_obj2txt(&policy, Int32(policy.count), TS_TST_INFO_get_policy_id(info), 1)
        return TimeStamp(
            time: time, accuracy: accuracy, policy: text(policy), serial: serial(TS_TST_INFO_get_serial(info)),
            authority: signer(answer))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func serial(_ number: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let number else { return "" }
        return hexadecimalDigits(bytes(UnsafeMutablePointer(mutating: number)))
    }

    /// The subject of the certificate that signed.
    private static func signer(_ answer: OpaquePointer) -> String {
        guard let token = TS_RESP_get_token(answer), let signers = PKCS7_get0_signers(token, nil, 0) else { return "" }
        defer { cordon_certificates_free(signers) }
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        cordon_name_print(bio, cordon_certificates_first(signers))
        var start: UnsafePointer<CChar>?
        let count = cordon_bio_bytes(bio, &start)
        ERR_clear_error()
        guard let start, count > 0 else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }

    /// GeneralizedTime as DER writes it: `20261124023141Z`, with a fraction or none.
    private static func moment(_ bytes: [UInt8]) -> Instant? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.count >= 15, text.hasSuffix("Z"), bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        func part(_ start: Int, _ count: Int) -> Substring { text.dropFirst(start).prefix(count) }
        let day = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))"
        return Instant("\(day)T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))\(text.dropFirst(14))")
    }

    private static func failure(_ what: String) -> LogError {
        var reasons: [String] = []
        while true {
            let number = ERR_get_error()
            if number == 0 { break }
            guard let text = ERR_reason_error_string(number) else { continue }
            let reason = String(cString: text)
            if !reasons.contains(reason), reasons.count < 3 { reasons.append(reason) }
        }
        return LogError(.timeStamp, reasons.isEmpty ? what : "\(what) (\(reasons.joined(separator: ", ")))")
    }
}
