import DICOMWeb
import Foundation
import Synchronization
import TestSupport
import Testing

/// Keys and tokens made by joserfc, of which some are as they should be.
struct TokenWorkshop: Sendable {
    /// `jwks`, `rotated`: what a provider publishes before and after it takes a new key.
    var documents: [String: String] = [:]
    /// By what they are.
    var tokens: [String: String] = [:]

    static let isThere = Fixtures.hasPython("joserfc")

    /// Made once for all tests of a process.
    static let shared = Task {
        let python = Fixtures.python ?? "python3"
        let (status, output) = try await run([python, "-W", "ignore", "-c", script])
        var result = TokenWorkshop()
        for row in output.split(separator: "\n").map({ $0.split(separator: "\t").map(String.init) })
        where row.count == 3 {
            if row[0] == "token" { result.tokens[row[1]] = row[2] } else { result.documents[row[1]] = row[2] }
        }
        try #require(status == 0 && !result.tokens.isEmpty, "\(output.suffix(2000))")
        return result
    }

    static let issuer = "https://idp.example.org/realms/hospital"
    /// When the tests are: tokens are in force from 100 before to 300 after.
    static let now: Int64 = 1_800_000_000

    private static let script = """
        import json, base64, hmac, hashlib
        from joserfc import jwt, jwk
        from joserfc.jwk import RSAKey, ECKey, OKPKey, OctKey, KeySet
        NOW = \(now)
        ISS = '\(issuer)'
        def b64(data): return base64.urlsafe_b64encode(data).rstrip(b'=').decode()
        def key(kind, size, kid, **more): return kind.generate_key(size, {'kid': kid, **more}, private=True)
        rsa = key(RSAKey, 2048, 'rsa')
        anyrsa = key(RSAKey, 2048, 'any-rsa')
        new = key(RSAKey, 2048, 'new')
        enc = key(RSAKey, 2048, 'enc')
        ec = {'ES256': key(ECKey, 'P-256', 'p256'), 'ES384': key(ECKey, 'P-384', 'p384'), 'ES512': key(ECKey, 'P-521', 'p521')}
        ed = key(OKPKey, 'Ed25519', 'ed')
        oct = OctKey.import_key({'kty': 'oct', 'k': b64(b'x' * 32), 'kid': 'oct'})
        stranger = key(RSAKey, 2048, 'stranger')
        said = {'rsa': {'use': 'sig', 'alg': 'RS256'}, 'enc': {'use': 'enc'}}
        public = [rsa, anyrsa, enc, ed] + list(ec.values())
        jwks = [{**k.as_dict(private=False), **said.get(k.kid, {})} for k in public]
        jwks += [oct.as_dict(private=True), {'kty': 'RSA', 'kid': 'odd', 'alg': 'RSA-OAEP-256', 'n': 'AQAB', 'e': 'AQAB', 'use': 'sig'}, {'kty': 'XX'}]
        print('document', 'jwks', json.dumps({'keys': jwks}), sep='\\t')
        print('document', 'rotated', json.dumps({'keys': [new.as_dict(private=False)]}), sep='\\t')
        good = {'iss': ISS, 'sub': 'alice', 'aud': 'cordon', 'iat': NOW - 100, 'nbf': NOW - 100, 'exp': NOW + 300,
                'realm_access': {'roles': ['radiologist', 'offline']}, 'groups': ['a', 'b'], 'scope': 'openid dicom.read',
                'acr': '2', 'amr': ['pwd', 'otp']}
        algs = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256', 'none']
        def sign(name, claims, key, alg, **header):
            print('token', name, jwt.encode({'alg': alg, **header}, claims, key, algorithms=algs), sep='\\t')
        def raw(name, header, payload, signature=''):
            head = b64(header if isinstance(header, bytes) else json.dumps(header).encode())
            body = b64(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
            if callable(signature): signature = signature((head + '.' + body).encode())
            print('token', name, head + '.' + body + '.' + signature, sep='\\t')
        sign('good', good, rsa, 'RS256', kid='rsa')
        for alg in ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']: sign('good ' + alg, good, anyrsa, alg, kid='any-rsa')
        for alg, k in ec.items(): sign('good ' + alg, good, k, alg, kid=k.kid)
        sign('good EdDSA', good, ed, 'EdDSA', kid='ed', typ='at+jwt')
        sign('good list', {**good, 'aud': ['other', 'cordon']}, rsa, 'RS256', kid='rsa')
        sign('good without nbf', {k: v for k, v in good.items() if k not in ('nbf', 'iat')}, rsa, 'RS256', kid='rsa')
        sign('good barely', {**good, 'exp': NOW - 29, 'nbf': NOW + 30, 'iat': NOW + 30}, rsa, 'RS256', kid='rsa')
        sign('expired', {**good, 'exp': NOW - 31}, rsa, 'RS256', kid='rsa')
        sign('no exp', {k: v for k, v in good.items() if k != 'exp'}, rsa, 'RS256', kid='rsa')
        sign('text exp', {**good, 'exp': str(NOW + 300)}, rsa, 'RS256', kid='rsa')
        sign('not yet', {**good, 'nbf': NOW + 31}, rsa, 'RS256', kid='rsa')
        sign('from the future', {**good, 'iat': NOW + 31}, rsa, 'RS256', kid='rsa')
        sign('wrong aud', {**good, 'aud': 'other'}, rsa, 'RS256', kid='rsa')
        sign('wrong list', {**good, 'aud': ['other', 'third']}, rsa, 'RS256', kid='rsa')
        sign('empty list', {**good, 'aud': []}, rsa, 'RS256', kid='rsa')
        sign('no aud', {k: v for k, v in good.items() if k != 'aud'}, rsa, 'RS256', kid='rsa')
        sign('wrong iss', {**good, 'iss': ISS + '/'}, rsa, 'RS256', kid='rsa')
        sign('no iss', {k: v for k, v in good.items() if k != 'iss'}, rsa, 'RS256', kid='rsa')
        sign('no sub', {k: v for k, v in good.items() if k != 'sub'}, rsa, 'RS256', kid='rsa')
        sign('unknown kid', good, stranger, 'RS256', kid='stranger')
        sign('stolen kid', good, stranger, 'RS256', kid='rsa')
        sign('new kid', good, new, 'RS256', kid='new')
        sign('no kid', good, rsa, 'RS256')
        sign('encryption key', good, enc, 'RS256', kid='enc')
        sign('other algorithm of the key', good, rsa, 'PS256', kid='rsa')
        sign('logout', good, rsa, 'RS256', kid='rsa', typ='logout+jwt')
        sign('symmetric key of the set', good, oct, 'HS256', kid='oct')
        raw('none', {'alg': 'none'}, good)
        raw('none with kid', {'alg': 'none', 'kid': 'rsa'}, good)
        raw('None', {'alg': 'None', 'kid': 'rsa'}, good)
        pem = rsa.as_pem(private=False)
        raw('HS256 with the public key', {'alg': 'HS256', 'kid': 'rsa'}, good, lambda m: b64(hmac.new(pem, m, hashlib.sha256).digest()))
        modulus = base64.urlsafe_b64decode(rsa.as_dict(private=False)['n'] + '==')
        raw('HS256 with the modulus', {'alg': 'HS256', 'kid': 'rsa'}, good, lambda m: b64(hmac.new(modulus, m, hashlib.sha256).digest()))
        raw('no alg', {'kid': 'rsa'}, good)
        raw('number alg', {'alg': 256, 'kid': 'rsa'}, good)
        raw('number kid', {'alg': 'RS256', 'kid': 1}, good)
        head, body, mark = jwt.encode({'alg': 'RS256', 'kid': 'rsa'}, good, rsa, algorithms=algs).split('.')
        forged = b64(json.dumps({**good, 'sub': 'mallory'}).encode())
        print('token', 'forged', f'{head}.{forged}.{mark}', sep='\\t')
        print('token', 'without signature', f'{head}.{body}.', sep='\\t')
        print('token', 'ES256 with an RSA key', b64(json.dumps({'alg': 'ES256', 'kid': 'rsa'}).encode()) + f'.{body}.{mark}', sep='\\t')
        from joserfc import jws
        def both(header, payload): print('token', header.pop('name'), jws.serialize_compact(header, payload, rsa, algorithms=algs), sep='\\t')
        text = json.dumps(good)
        both({'name': 'claims twice', 'alg': 'RS256', 'kid': 'rsa'}, (text[:-1] + ', "sub": "mallory"}').encode())
        both({'name': 'no JSON', 'alg': 'RS256', 'kid': 'rsa'}, b'alice')
        crit = b64(json.dumps({'alg': 'RS256', 'kid': 'rsa', 'crit': ['exp'], 'exp': NOW + 300}).encode())
        print('token', 'critical header', f'{crit}.{body}.{mark}', sep='\\t')
        """
}

extension Fixtures {
    /// Whether the virtual environment has a package, by its folder.
    static func hasPython(_ package: String) -> Bool {
        let libraries = packageRoot + "/.venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        return versions.contains {
            FileManager.default.fileExists(atPath: "\(libraries)/\($0)/site-packages/\(package)")
        }
    }
}

/// A provider's documents in a dictionary, counted; of which some can be changed or taken away.
final class Documents: DocumentSource {
    struct Gone: Error {}
    private let state: Mutex<(documents: [String: String], count: Int)>

    init(_ keys: String?, issuer: String = TokenWorkshop.issuer) {
        state = Mutex(([:], 0))
        publish(keys, issuer: issuer)
    }

    func publish(_ keys: String?, issuer: String = TokenWorkshop.issuer) {
        state.withLock { state in
            guard let keys else {
                state.documents = [:]
                return
            }
            state.documents = [
                TokenWorkshop.issuer + "/.well-known/openid-configuration":
                    "{\"issuer\": \"\(issuer)\", \"jwks_uri\": \"https://idp.example.org/keys\"}",
                "https://idp.example.org/keys": keys,
            ]
        }
    }

    var count: Int { state.withLock { $0.count } }

    func get(_ url: String) async throws -> [UInt8] {
        let text = state.withLock { state in
            state.count += 1
            return state.documents[url]
        }
        guard let text else { throw Gone() }
        return Array(text.utf8)
    }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let time = Mutex(TokenWorkshop.now)
    var now: Int64 { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}
