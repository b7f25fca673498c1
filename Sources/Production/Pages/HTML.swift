/// Pages that any browser shows, from a folder, without a network and without scripts.
enum HTML {
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // Controls are no text, and some turn the direction of what follows.
            case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
                result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func row(_ cells: [String], cell: String = "td") -> String {
        "<tr>" + cells.map { "<\(cell)>\(escaped($0))</\(cell)>" }.joined() + "</tr>"
    }

    /// Two columns: what, and which.
    static func facts(_ facts: [(String, String)]) -> String {
        let rows = facts.filter { !$0.1.isEmpty }
        return "<dl>" + rows.map { "<dt>\(escaped($0.0))</dt><dd>\(escaped($0.1))</dd>" }.joined(separator: "\n")
            + "</dl>\n"
    }

    /// - Parameter up: the way to the bag's folder.
    static func head(_ title: String, up: String = "") -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'">
        <title>\(escaped(title))</title>
        <style>
        \(style)</style>
        </head>
        <body>

        """
    }

    static let foot = "</body>\n</html>\n"

    private static let style = """
        :root { color-scheme: light dark; --line: #c9ced6; --soft: #5b6573; --panel: #f4f6f8; --ink: #16202b; --page: #fff;
          --link: #0b5394; }
        @media (prefers-color-scheme: dark) { :root { --line: #3a4450; --soft: #9aa7b5; --panel: #1b232c; --ink: #e6ebf0;
          --page: #11171d; --link: #8ec1f5; } }
        body { margin: 2rem auto; max-width: 68rem; padding: 0 1.5rem; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
        h1 { font-size: 1.7rem; margin: 0 0 .3rem; line-height: 1.25; }
        h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
        a { color: var(--link); }
        .lead { color: var(--soft); margin: 0 0 1.5rem; }
        .small { font-size: .85rem; color: var(--soft); }
        .warning { border-left: 4px solid #b45309; background: var(--panel); padding: .7rem 1rem; margin: 1rem 0; }
        code, .digest { font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
          overflow-wrap: anywhere; }
        pre { background: var(--panel); padding: .8rem 1rem; overflow-x: auto; border-radius: 4px; }
        table { border-collapse: collapse; width: 100%; }
        th { text-align: left; font-weight: 600; color: var(--soft); font-size: .85rem; }
        th, td { padding: .45rem .8rem .45rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
        .when { white-space: nowrap; font-variant-numeric: tabular-nums; }
        .facts { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; width: 34%; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 1rem; margin: 0;
          padding: 0; list-style: none; }
        .grid li { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--panel); }
        .frame { display: flex; align-items: center; justify-content: center; height: 172px; background: #000;
          color: #9aa7b5; font-size: .85rem; text-align: center; }
        .frame img { width: 100%; height: 172px; object-fit: contain; display: block; }
        .caption { padding: .5rem .7rem; font-size: .85rem; overflow-wrap: anywhere; }
        .thumb { width: 76px; }
        .thumb img { width: 64px; height: 48px; object-fit: contain; background: #000; display: block; }
        @media print { body { margin: 0; max-width: none; } a { color: inherit; } }

        """
}
