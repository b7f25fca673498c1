/// A letter by its name or number in HTML (`&uuml;`, `&#252;`, `&#xFC;`): reports come out of browsers.
struct HTMLEntity {
    var character: Character
    /// Behind the semicolon.
    var end: Int

    private static let longest = 10
    private static let accents = ["uml", "acute", "grave", "circ", "tilde", "cedil", "ring", "slash", "caron"]
    private static let others: [String: Character] = [
        "szlig": "ß", "aelig": "æ", "AElig": "Æ", "oelig": "œ", "OElig": "Œ", "amp": "&", "nbsp": " ", "apos": "'",
        "quot": "\"", "thorn": "þ", "THORN": "Þ", "eth": "ð", "ETH": "Ð", "lt": "<", "gt": ">", "rsquo": "’",
        "shy": "\u{AD}",
    ]

    init?(_ bytes: [UInt8], at start: Int) {
        let limit = min(bytes.count, start + Self.longest)
        TextSteps.add(limit - start)
        guard let end = bytes[start..<limit].firstIndex(of: UInt8(ascii: ";")), end > start + 2 else { return nil }
        let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        self.end = end + 1
        if name.utf8.first == UInt8(ascii: "#") {
            let digits = name.dropFirst()
            let isHexadecimal = digits.first == "x" || digits.first == "X"
            guard let value = UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10),
                let scalar = Unicode.Scalar(value)
            else { return nil }
            character = Character(scalar)
        } else if let other = Self.others[name] {
            character = other
        } else {
            // The base is enough: accents are folded away.
            guard let base = name.first, base.isLetter, Self.accents.contains(String(name.dropFirst())) else {
                return nil
            }
            character = base
        }
    }
}
