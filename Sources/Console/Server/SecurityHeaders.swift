/// What every answer tells the browser: nothing from elsewhere, no script, in nobody's frame, kept by nobody.
enum SecurityHeaders {
    /// Pages have no script at all, and no style but the sheet.
    static let contentPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    static func of(isTLS: Bool) -> [(name: String, value: String)] {
        var headers = [
            ("Content-Security-Policy", contentPolicy),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            // With `no-referrer` browsers would send forms with `Origin: null`.
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ]
        if isTLS { headers.append(("Strict-Transport-Security", "max-age=31536000")) }
        return headers.map { (name: $0.0, value: $0.1) }
    }
}
