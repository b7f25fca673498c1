internal import Host
internal import Registry

/// The first page: what this is, how to check it, what is in it.
struct IndexPage {
    var order: ProductionOrder
    var report: ProductionReport
    var holds: [Hold]
    var studies: [StudyPages.Entry]
    var rules: RuleBundles
    var released: [ReleasedForms.Count]
    var software: SoftwareIdentity

    func write(to page: BagFile) throws {
        let title = "Production in the matter \(order.matter)"
        try page.write(HTML.head(title))
        try page.write("<h1>\(HTML.escaped(title))</h1>\n")
        try page.write(
            "<p class=\"lead\">\(count(report.instances, "original")) of \(count(report.studies, "study", "studies")), as they "
                + "were received, with what was decided and who did what with them.</p>\n")
        try page.write(
            HTML.facts([
                ("produced by", order.person.name), ("when", order.time.description), ("why", order.reason),
                ("originals", "\(report.instances), \(report.bytes) bytes"),
                ("entries of the log", String(report.entries)), ("decisions", String(report.decisions)),
                ("software", software.words), ("clock", software.clock),
            ]))
        if order.withholdsOpenings {
            try page.write(
                "<p class=\"warning\">What the log says of people is kept back: its entries hold commitments, and the values are "
                    + "not told. <a href=\"metadata/log/withheld.jsonl\">The list</a> names each.</p>\n")
        }
        if report.absent > 0 {
            try page.write(
                "<p class=\"warning\">\(count(report.absent, "original")) of the matter had been removed before, or was never kept; "
                    + "<a href=\"metadata/absent.csv\">the list</a> names them.</p>\n")
        }
        if report.uncertain > 0 {
            try page.write(
                "<p class=\"warning\">\(count(report.uncertain, "original")) may or may not belong to the matter, since what "
                    + "names the patient cannot be read, or is another identity that is linked with the patient's; held, "
                    + "and not handed over.</p>\n")
        }
        try verification(page)
        try holds(page)
        try studies(page)
        try released(page)
        try rules(page)
        try page.write(Self.files + HTML.foot)
    }

    private func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    private func verification(_ page: BagFile) throws {
        try page.write(
            """
            <h2>Check it</h2>
            <p>Nothing but Python 3.8 is needed, no network, and no software of ours:</p>
            <pre>python3 verify.py</pre>
            <p>It asks five questions: integrity, authorship, time, completeness, redaction. Signatures are only as good as the
            knowledge whose keys they are made with. Compare these fingerprints with those that you were told by other means, in
            a letter or by telephone, and give them with <code>--trust</code>:</p>
            <table><tbody>

            """)
        for print in report.fingerprints {
            try page.write(
                "<tr><td>\(HTML.escaped(print.role))</td><td>\(HTML.escaped(print.name))</td>"
                    + "<td class=\"digest\">\(print.digest)</td></tr>\n")
        }
        try page.write("</tbody></table>\n")
    }

    private func holds(_ page: BagFile) throws {
        let header = ["hold", "placed", "by", "custodian", "authority", "reason", "on", "released"]
        try page.write("<h2>Holds</h2>\n<table><thead>\(HTML.row(header, cell: "th"))</thead><tbody>\n")
        for hold in holds {
            let released = hold.release.map { "\($0.time) by \($0.person.name)" } ?? "in force"
            try page.write(
                HTML.row([
                    String(hold.id), hold.placed.description, hold.placedBy.name, hold.custodian, hold.authority,
                    hold.reason, hold.scope.words, released,
                ]) + "\n")
        }
        try page.write("</tbody></table>\n")
    }

    private func studies(_ page: BagFile) throws {
        let header = ["", "study", "patient", "patient ID", "instances"]
        try page.write("<h2>Studies</h2>\n<table><thead>\(HTML.row(header, cell: "th"))</thead><tbody>\n")
        for entry in studies {
            let picture = entry.picture.map { "<img src=\"\($0)\" alt=\"\" loading=\"lazy\">" } ?? ""
            let study = entry.study
            try page.write(
                "<tr><td class=\"thumb\">\(picture)</td>"
                    + "<td><a href=\"\(entry.page)\">\(HTML.escaped(study.title))</a>"
                    + "<div class=\"digest small\">\(HTML.escaped(study.uid))</div></td>"
                    + "<td>\(HTML.escaped(study.patientName.asName))</td>"
                    + "<td>\(HTML.escaped(study.patientID))</td><td>\(study.count)</td></tr>\n")
        }
        try page.write("</tbody></table>\n")
    }

    private func released(_ page: BagFile) throws {
        guard !released.isEmpty else { return }
        let header = ["audience", "released", "sequestered", "as recorded"]
        try page.write("<h2>Released forms</h2>\n<table><thead>\(HTML.row(header, cell: "th"))</thead><tbody>\n")
        for count in released {
            try page.write(
                HTML.row([
                    count.audience, String(count.released), String(count.sequestered), String(count.asRecorded),
                ]) + "\n")
        }
        try page.write(
            "</tbody></table>\n<p class=\"small\">Made anew from the originals. \u{201C}As recorded\u{201D} are those whose "
                + "digest is the one that the log says left the house. Under <code>data/released/</code> they have the name of "
                + "their original; <a href=\"metadata/released.csv\">the table</a> tells all.</p>\n")
    }

    private func rules(_ page: BagFile) throws {
        guard !rules.bundles.isEmpty || !report.missingRules.isEmpty else { return }
        let header = ["rule set", "revision", "digest", "files"]
        try page.write("<h2>Rules that decided</h2>\n<table><thead>\(HTML.row(header, cell: "th"))</thead><tbody>\n")
        for bundle in rules.bundles {
            try page.write(
                "<tr><td>\(HTML.escaped(bundle.id))</td><td>\(HTML.escaped(bundle.revision))</td>"
                    + "<td class=\"digest\">\(bundle.digest)</td>"
                    + "<td><a href=\"\(bundle.table)\">\(bundle.files)</a></td></tr>\n")
        }
        for digest in report.missingRules {
            try page.write("<tr><td>not given</td><td></td><td class=\"digest\">\(digest)</td><td></td></tr>\n")
        }
        try page.write("</tbody></table>\n")
    }

    private static let files = """
        <h2>Files</h2>
        <table><tbody>
        <tr><td><a href="README.txt">README.txt</a></td><td>what this is, in a page of text</td></tr>
        <tr><td><a href="metadata/originals.csv">metadata/originals.csv</a></td><td>every original: file, digest, UIDs, patient, when it came and from where</td></tr>
        <tr><td><a href="metadata/custody.html">metadata/custody.html</a></td><td>who did what, when and why (<a href="metadata/custody.csv">CSV</a>)</td></tr>
        <tr><td><a href="metadata/decisions.jsonl">metadata/decisions.jsonl</a></td><td>decisions, with their explanations</td></tr>
        <tr><td><a href="metadata/certification.txt">metadata/certification.txt</a></td><td>a draft certification, for counsel to complete</td></tr>
        <tr><td><a href="metadata/log/entries.jsonl">metadata/log/</a></td><td>entries of the custody log with their proofs, checkpoints, time stamps</td></tr>
        <tr><td><a href="metadata/keys.txt">metadata/keys.txt</a></td><td>public keys</td></tr>
        <tr><td><a href="manifest-sha256.txt">manifest-sha256.txt</a></td><td>digests of all originals (RFC 8493)</td></tr>
        </tbody></table>

        """
}
