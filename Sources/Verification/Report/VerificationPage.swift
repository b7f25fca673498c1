extension VerificationReport {
    /// The report as one page that somebody can read, print and sign. It needs nothing from elsewhere, and runs nothing.
    ///
    /// - Parameter time: when it was made, as a DT.
    public func page(time: String) -> String {
        var page = Self.head
        page += "<header><p class=\"kind\">Verification of an export</p>\n"
        page +=
            "<h1>\(isClean ? (isComplete ? "Nothing was found" : "Nothing was found, but not everything could be read") : Self.escaped(verdict.prefix(1).uppercased() + verdict.dropFirst()))</h1>\n"
        page += "<p>Made on \(Self.escaped(Self.readable(time))) by cordon verify</p></header>\n<main>\n"
        page += "<section aria-labelledby=\"compared\"><h2 id=\"compared\">What was compared</h2>\n<dl>\n"
        for fact in facts { page += "<div><dt>\(Self.escaped(fact.label))</dt><dd>\(fact.number)</dd></div>\n" }
        page += "</dl>\n"
        let pixels =
            looksIntoPixels
            ? "Text drawn in pixels was read by recognition, which can miss what is faint, small or turned."
            : "Text drawn in pixels was not looked for."
        page += """
            <p>Every identifying value of the originals was looked for in every place of every output: values of any kind, \
            private elements, names of files, comments in compressed images, documents, padding; in all character sets, \
            without regard to case, accents and the order of names. \(pixels)</p>
            </section>

            """
        page += "<section aria-labelledby=\"counts\"><h2 id=\"counts\">Findings</h2>\n<table class=\"counts\">\n"
        page +=
            "<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\" class=\"number\">Findings</th></tr></thead>\n<tbody>\n"
        for category in Finding.Category.allCases {
            let count = findingCounts[category] ?? 0
            let title = Self.escaped(category.title)
            let name = count > 0 ? "<a href=\"#\(category.rawValue)\">\(title)</a>" : title
            page +=
                "<tr\(count > 0 ? " class=\"found\"" : "")><th scope=\"row\">\(name)</th><td class=\"number\">\(count)</td></tr>\n"
        }
        page +=
            "</tbody>\n<tfoot><tr><th scope=\"row\">All</th><td class=\"number\">\(findingCount)</td></tr></tfoot></table></section>\n"
        for category in Finding.Category.allCases { page += section(category) }
        return page + Self.signature + "</main>\n</body>\n</html>\n"
    }

    private static let rowLimit = 2000

    private func section(_ category: Finding.Category) -> String {
        guard let count = findingCounts[category], count > 0 else { return "" }
        let own = findings.filter { $0.category == category }
        let showsValues = own.contains { $0.value != nil }
        var text =
            "<section aria-labelledby=\"\(category.rawValue)\"><h2 id=\"\(category.rawValue)\">\(Self.escaped(category.title))"
        text +=
            " <span class=\"count\">\(count)</span></h2>\n<table>\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\">Place</th>"
        text +=
            "<th scope=\"col\">What</th>\(showsValues ? "<th scope=\"col\">Value</th>" : "")</tr></thead>\n<tbody>\n"
        for finding in own.prefix(Self.rowLimit) {
            text += "<tr><td>\(Self.escaped(finding.file))</td><td class=\"place\">\(Self.escaped(finding.place))</td>"
            text += "<td>\(Self.escaped(finding.detail))</td>"
            if showsValues { text += "<td>\(Self.escaped((finding.value ?? "").withoutControls))</td>" }
            text += "</tr>\n"
        }
        text += "</tbody></table>\n"
        if count > Self.rowLimit {
            text += "<p>… and \(count - Self.rowLimit) more; the report in JSON has them.</p>\n"
        }
        return text + "</section>\n"
    }

    private static let signature = """
        <section class="signature" aria-labelledby="signed"><h2 id="signed">Release</h2>
        <p>I have read this report, and what it does not look for, and answer for the release of this export.</p>
        <div class="lines"><p>Name</p><p>Function</p><p>Date</p><p>Signature</p></div>
        </section>

        """

    /// `2026-11-23 20:45 UTC` of a DT.
    private static func readable(_ time: String) -> String {
        let digits = Array(time)
        guard digits.count >= 12 else { return time }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)) UTC"
    }

    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static let head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>Verification of an export</title>
        <style>
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --mark: #9a3412; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3a424b; --paper: #14181d; --mark: #ffa657; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 60rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
        header { border-bottom: 2px solid var(--ink); padding-bottom: 1rem; margin-bottom: 2rem; }
        header p { margin: 0; color: var(--soft); }
        .kind { letter-spacing: .04em; }
        h1 { margin: .25rem 0 .5rem; font-size: 2rem; line-height: 1.2; font-weight: 650; }
        h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; font-weight: 650; }
        h2 .count { color: var(--soft); font-weight: 400; }
        p { max-width: 44rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 2.5rem; margin: 0; }
        dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .3rem 0; border-bottom: 1px solid var(--line); }
        dd { margin: 0; font-variant-numeric: tabular-nums; }
        table { width: 100%; border-collapse: collapse; }
        th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
          font-weight: 400; overflow-wrap: anywhere; }
        thead th, tfoot th, tfoot td { color: var(--soft); border-bottom-color: var(--ink); }
        tfoot th, tfoot td { border: 0; }
        td:first-child { width: 35%; }
        .number { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; width: 6rem; }
        .counts { max-width: 44rem; }
        .counts tr:not(.found) th, .counts tr:not(.found) td { color: var(--soft); }
        .found th, .found td { font-weight: 600; }
        .found a, .found .number { color: var(--mark); }
        a:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
        .place { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; }
        .signature { break-inside: avoid; }
        .lines { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem 2.5rem; }
        .lines p { margin: 2.5rem 0 0; padding-top: .35rem; border-top: 1px solid var(--ink); color: var(--soft); }
        @media print {
          :root { --ink: #000; --soft: #333; --line: #bbb; --paper: #fff; --mark: #000; }
          body { padding: 0; max-width: none; font-size: 10pt; }
          h1 { font-size: 20pt; } h2 { font-size: 12pt; break-after: avoid; }
          tr { break-inside: avoid; } thead { display: table-header-group; } tfoot { display: table-row-group; }
          a { color: inherit; text-decoration: none; }
        }
        </style>
        </head>
        <body>

        """
}
