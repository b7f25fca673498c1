internal import Host

/// The one style sheet, and the icon.
enum StylePages {
    static let routes: [ConsoleRoute] = [
        .open("GET", "/style.css") { exchange in
            file(exchange, "text/css; charset=utf-8", PackageResources.style_css)
        },
        .open("GET", "/icon.svg") { exchange in file(exchange, "image/svg+xml", PackageResources.icon_svg) },
        .open("GET", "/health") { _ in ConsoleAnswer(type: "text/plain; charset=utf-8", Array("ok\n".utf8)) },
    ]

    /// Another when the sheet is another, so that browsers may keep it.
    static let address = "/style.css?v=" + ContentDigest(of: PackageResources.style_css).hexadecimal.prefix(16)

    private static func file(_ exchange: Exchange, _ type: String, _ bytes: [UInt8]) -> ConsoleAnswer {
        var answer = ConsoleAnswer(type: type, bytes)
        answer.headers.append(("Cache-Control", "max-age=86400"))
        return answer
    }
}
