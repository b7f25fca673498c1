internal import CustodyLog
internal import Host

/// Who did what, when and why: each entry of the log in one row, as CSV and as a page.
final class CustodyTable {
    private let table: BagFile
    private let page: BagFile

    private static let header = ["entry", "when", "who", "role", "what", "facts", "why"]

    init(_ table: BagFile, _ page: BagFile, title: String) throws {
        self.table = table
        self.page = page
        try table.write(CSV.line(Self.header))
        try page.write(HTML.head(title, up: "../"))
        try page.write("<h1>\(HTML.escaped(title))</h1>\n<p><a href=\"../index.html\">back</a></p>\n")
        try page.write(
            "<p>Each row is an entry of the custody log; <code>verify.py</code> checks that it stands there.</p>\n")
        let columns = ["entry", "when (UTC)", "who", "what", "facts", "why"]
        try page.write("<table><thead>\(HTML.row(columns, cell: "th"))</thead><tbody>\n")
    }

    func add(_ index: Int, _ leaf: EventLeaf, _ openings: [Opening]) throws {
        let reason = openings.first { $0.name == "reason" }?.value ?? ""
        let (what, role) = Self.words(leaf)
        let others =
            leaf.facts.map { "\($0.name) \($0.value)" }
            + openings.filter { $0.name != "reason" }.map { "\($0.name) \($0.value)" }
        let time = leaf.time.description
        try table.write(
            CSV.line([String(index), time, leaf.actor, role, what, others.joined(separator: "; "), reason]))
        // The table has them whole.
        let facts = others.map { HTML.escaped(Self.shortened($0)) }.joined(separator: ", ")
        try page.write(
            """
            <tr><td>\(index)</td><td class="when">\(time.prefix(10)) \(time.dropFirst(11).prefix(8))</td>\
            <td>\(HTML.escaped(leaf.actor))<div class="small">\(role)</div></td><td>\(what)</td>\
            <td class="facts">\(facts)</td><td>\(HTML.escaped(reason))</td></tr>

            """)
    }

    /// A digest by its beginning.
    private static func shortened(_ fact: String) -> String {
        let words = fact.split(separator: " ", omittingEmptySubsequences: false)
        return words.map { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) ? $0.prefix(16) + "…" : String($0) }
            .joined(separator: " ")
    }

    func finish() throws { try page.write("</tbody></table>\n" + HTML.foot) }

    /// What happened, and as what who acted took part.
    private static func words(_ leaf: EventLeaf) -> (what: String, role: String) {
        switch leaf.kind {
        case .received: ("an original was received", "recipient")
        case .decided: ("it was decided what an audience gets", "decision")
        case .viewed: ("it was viewed", "viewer")
        case .queried: ("it was asked for", "enquirer")
        case .exported: ("it was exported", "exporter")
        case .labelled: ("a label was given", "author of the label")
        case .labelWithdrawn: ("a label was withdrawn", "author of the withdrawal")
        case .held: ("a hold was placed", "who placed the hold")
        case .holdReviewed: ("a hold was reviewed", "reviewer")
        case .releaseRequested: ("the release of a hold was asked for", "first of two to release")
        case .released: ("a hold was released", "second of two to release")
        case .produced: ("it was produced", "producer")
        case .verified: ("it was verified", "verifier")
        case .forbidden: ("something was tried, and refused", "who tried")
        case .deleted: ("bytes were removed", "who removed them")
        case .ruleSetActivated: ("a rule set came into force", "who activated it")
        case .overrideStarted: ("the glass was broken", "who broke it")
        case .overrideStopped: ("broken glass was whole again", "who ended it")
        case .overrideReviewed: ("broken glass was reviewed", "reviewer")
        case .moved: ("bytes were moved", "who moved them")
        default: (leaf.kindName.replacing("-", with: " "), "who acted")
        }
    }
}
