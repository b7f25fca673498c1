import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import RuleImport

/// Generated scripts: what is written is read, every statement is told of, the result loads.
@Suite struct PropertyTests {
    private struct Written {
        var generator: SeededGenerator

        init(_ seed: Int) { generator = SeededGenerator(seed: UInt64(seed)) }

        private let words = ["MR", "this is", "a.b", "x-y", "\u{E9}t\u{E9}", "89", "-", "^", "\\@", "\\\\"]
        private let elements = [
            "this", "PatientID", "Modality", "RefSOPInstanceUID", "[0008,0060]", "0009[X]01", "NoSuch", "StudyDate",
        ]

        mutating func expression(_ depth: Int = 0) -> String {
            (0..<(1 + generator.below(3))).map { _ in part(depth) }.joined()
        }

        private mutating func part(_ depth: Int) -> String {
            guard generator.below(3) > 0 else { return generator.pick(words) }
            let name = generator.pick(CTPCall.names.sorted() + ["nothing", "keeep"])
            let count = generator.below(5)
            let arguments = (0..<count).map { index in
                index == 0
                    ? generator.pick(elements)
                    : generator.pick(["@P", "@Q", "10", "\"a, (b\"", "equals", "exists", "greaterthan", "*", "ptid"])
            }
            var text = "@\(name)(\(arguments.joined(separator: ",")))"
            for _ in 0..<CTPCall.blockCount(of: name) { text += "{\(depth < 3 ? expression(depth + 1) : "x")}" }
            return text
        }

        mutating func tag() -> String {
            let known = [
                "00100010", "00100020", "00080020", "00081140", "00280010", "0020000d", "00101010", "00080008",
                "00120064", "00080018", "60003000", "00130010", "00131010", "0009[X Y]02", "7fe00010", "00020010",
                "00189999", "zz", "10",
            ]
            return generator.pick(known)
        }
    }

    /// An expression as it would be written.
    private func text(_ expression: CTPExpression) -> String {
        expression.parts.map { part in
            switch part {
            case .text(let text): text.map { "\\@".contains($0) ? "\\\($0)" : String($0) }.joined()
            case .call(let call):
                "@\(call.name)(\(call.arguments.joined(separator: ",")))"
                    + call.blocks.map { "{\(self.text($0))}" }.joined()
            }
        }.joined()
    }

    @Test func `expressions that are written are read`() throws {
        for seed in 0..<2000 {
            var written = Written(seed)
            let source = written.expression()
            let expression = try CTPExpressionParser.parse(source)
            #expect(try CTPExpressionParser.parse(text(expression)) == expression, "\(source)")
        }
    }

    @Test func `of generated scripts every statement is told of, and the result loads`() throws {
        for seed in 0..<150 {
            var written = Written(seed)
            var lines: [String] = ["<p t=\"P\">17</p>"]
            for _ in 0..<(1 + written.generator.below(25)) {
                let isOn = written.generator.below(5) > 0
                let text = written.expression().replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(
                    of: "<", with: "&lt;")
                lines.append("<e en=\"\(isOn ? "T" : "F")\" t=\"\(written.tag())\" n=\"N\">\(text)</e>")
            }
            for group in ["0018", "safeprivateelements", "zz"] where written.generator.below(2) == 0 {
                lines.append("<k en=\"T\" t=\"\(group)\">x</k>")
            }
            for kind in ["privategroups", "unspecifiedelements", "overlays", "curves", "other"]
            where written.generator.below(2) == 0 {
                lines.append("<r en=\"T\" t=\"\(kind)\">x</r>")
            }
            let script = "<script>\n\(lines.joined(separator: "\n"))\n</script>"
            let imported = try ImportedRules.ctp(script)
            _ = try imported.loaded()
            let report = imported.report
            #expect(report.statements.count == lines.count)
            #expect(report.statements.map(\.location.line) == Array(2...(lines.count + 1)))
            #expect(ImportStatement.Outcome.allCases.map { report.count($0) }.reduce(0, +) == lines.count)
            #expect(report.statements.allSatisfy { ($0.outcome <= .translated) == $0.reasons.isEmpty }, "\(script)")
            #expect(!report.statements.contains { $0.reasons.contains("nothing is known of such a statement") })
        }
    }

    @Test func `filters that are written are read, and hold back what they must`() throws {
        for seed in 0..<400 {
            var generator = SeededGenerator(seed: UInt64(seed))
            func expression(_ depth: Int) -> String {
                switch generator.below(depth > 4 ? 2 : 6) {
                case 0:
                    let element = generator.pick([
                        "Modality", "Manufacturer", "ImageType", "Rows", "StudyDate", "[0008,103e]", "Nothing",
                        "[0019[A B]01]",
                    ])
                    let method = generator.pick([
                        "equals", "equalsIgnoreCase", "matches", "contains", "containsIgnoreCase", "startsWith",
                        "endsWith", "isLessThan", "isGreaterThan", "like",
                    ])
                    let argument = generator.pick([
                        "CT", "", "512", "a.*", "ORIGINAL\\\\PRIMARY", " x ", "20100101", "(", "é",
                    ])
                    return "\(element).\(method)(\"\(argument)\")"
                case 1: return generator.pick(["true.", "false."])
                case 2: return "(\(expression(depth + 1)))"
                case 3: return "!(\(expression(depth + 1)))"
                default: return "\(expression(depth + 1)) \(generator.pick(["+", "*"])) \(expression(depth + 1)) // x\n"
                }
            }
            let source = expression(0)
            let imported = try ImportedRules.ctp(source, file: "f")
            _ = try imported.loaded()
            let terms = source.components(separatedBy: "\")").count - 1
            let constants =
                source.components(separatedBy: "true.").count + source.components(separatedBy: "false.").count - 2
            #expect(imported.report.statements.count == terms + constants, "\(source)")
            #expect(
                !imported.report.statements.contains { $0.reasons.contains("nothing is known of such a statement") },
                "\(source)")
        }
    }

    @Test func `recipes of any words are told of line by line, and load`() throws {
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var lines = ["FORMAT dicom", "%header"]
            for _ in 0..<generator.below(20) {
                let verb = generator.pick(["ADD", "BLANK", "KEEP", "REPLACE", "REMOVE", "JITTER", "LABEL", "NOTHING"])
                let field = generator.pick([
                    "PatientName", "StudyDate", "endswith:IDs", "select:VR:TM", "all", "except:Rows",
                    "(0009,\"A B\",01)", "00091001", "values:v", "fields:f", "contains:(", "Rows",
                    "ReferencedImageSequence",
                ])
                let value = generator.pick(["", " var:x", " func:y", " text", " 12", " deid_func:jitter days=3"])
                lines.append("\(verb) \(field)\(value)")
            }
            lines.append("%filter graylist")
            for _ in 0..<generator.below(4) {
                lines.append("LABEL some label")
                for _ in 0..<generator.below(4) {
                    let test = generator.pick([
                        "contains", "equals", "notequals", "notcontains", "missing", "present", "empty", "like",
                    ])
                    let field = generator.pick(["Modality", "Rows", "Nothing", "ImageType", "0x00110003"])
                    let value =
                        ["missing", "present", "empty"].contains(test)
                        ? "" : generator.pick([" CT|MR", " 512", " a(", " x + y"])
                    lines.append("  \(generator.pick(["", "+ ", "|| "]))\(test) \(field)\(value)")
                }
                if generator.below(2) == 0 { lines.append("  coordinates 0,0,1,1") }
            }
            let imported = try ImportedRules.deid(lines.joined(separator: "\n"))
            _ = try imported.loaded()
            #expect(imported.report.statements.count == lines.count, "\(lines)")
            #expect(
                !imported.report.statements.contains { $0.reasons.contains("nothing is known of such a statement") },
                "\(lines)")
        }
    }

    // MARK: - Hostile

    @Test func `whatever the bytes, an import ends, and with a rule set that loads or a place`() throws {
        for seed in 0..<300 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var bytes = Array(rule("00100010", "@if(this,equals,\"a\"){@remove()}{@hash(this)}").utf8)
            if seed % 3 == 1 { bytes = Array("(Modality.equals(\"CT\") + !Rows.equals(\"1\")) * true. // x".utf8) }
            if seed % 3 == 2 {
                bytes = Array("set.[0010,0010]X=@hash(this,4)\nremove.privategroups=\n#set.[0010,0020]Y=z".utf8)
            }
            for _ in 0..<(1 + generator.below(6)) {
                let index = generator.below(bytes.count)
                switch generator.below(3) {
                case 0: bytes[index] = UInt8(generator.below(256))
                case 1: bytes.remove(at: index)
                default: bytes.insert(generator.pick(Array("@(){}[]<>&\\\"=!+*.,".utf8)), at: index)
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            do {
                _ = try CTPImport().convert([ImportSource(name: "x", bytes: bytes)]).loaded()
            } catch let failure as ImportFailure {
                #expect(failure.findings.first?.code != "not-converted", "\(String(decoding: bytes, as: UTF8.self))")
                #expect(failure.findings.allSatisfy { $0.location.line >= 1 })
            }
            _ = try? DeidImport().convert(ImportSource(name: "x", bytes: bytes))
        }
    }

    @Test func `deep nesting, long lines and many calls end soon`() throws {
        let deep = String(repeating: "@if(this,exists){", count: 500) + String(repeating: "}{}", count: 500)
        #expect(try ImportedRules.ctp(rule("00100010", deep)).has(#"<remove attribute="PatientName"/>"#))
        let many = String(repeating: "@hash(this)", count: 20_000)
        #expect(try ImportedRules.ctp(rule("00080080", many)).has(#"<remove attribute="InstitutionName"/>"#))
        let long = String(repeating: "x", count: 2 << 20)
        #expect(try ImportedRules.ctp(rule("00080080", long)).has(#"<remove attribute="InstitutionName"/>"#))
        let open = String(repeating: "@a(", count: 100_000)
        #expect(try ImportedRules.ctp(rule("00080080", open)).has(#"<remove attribute="InstitutionName"/>"#))
        #expect(throws: ImportFailure.self) {
            try ImportedRules.ctp(String(repeating: "(", count: 100_000) + "true.")
        }
        #expect(throws: ImportFailure.self) {
            try ImportedRules.ctp(String(repeating: "!(", count: 100_000) + "true.")
        }
        #expect(throws: ImportFailure.self) {
            try ImportedRules.ctp(
                "<script>" + String(repeating: "<a>", count: 5000) + String(repeating: "</a>", count: 5000)
                    + "</script>")
        }
        let wide = (0..<3000).map { "Manufacturer.contains(\"\($0)\")" }.joined(separator: " + ")
        #expect(try ImportedRules.ctp(wide, file: "f").loaded().rules.count == 1)
    }

    @Test func `comments and names of a script cannot end a comment or begin an element`() throws {
        let script = rule("00080080", "a --&gt; <b/> -- \u{202E}evil\u{7}".replacingOccurrences(of: "\u{7}", with: ""))
            .replacingOccurrences(of: "n=\"X\"", with: "n=\"--&gt;&lt;x\"")
        let imported = try ImportedRules.ctp(script, file: "a--><script>.xml")
        _ = try imported.loaded()
        #expect(!imported.text.contains("\u{202E}"))
    }
}
