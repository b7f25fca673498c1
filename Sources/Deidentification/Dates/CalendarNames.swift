/// Names of months and weekdays, as people write them in the languages that archives are mostly written in.
enum CalendarNames {
    /// A name as it was found.
    struct Name: Sendable, Hashable {
        /// From 0.
        var number: Int
        var language: Int
        var isShort: Bool
        /// Letters without their accents: `Maerz`, `fevrier`.
        var isPlain: Bool
    }

    /// Full names, short names, full names of weekdays from Monday, short ones.
    private static let languages: [(months: String, short: String, days: String, shortDays: String)] = [
        (
            "january february march april may june july august september october november december",
            "jan feb mar apr may jun jul aug sep oct nov dec",
            "monday tuesday wednesday thursday friday saturday sunday", "mon tue wed thu fri sat sun"
        ),
        (
            "januar februar märz april mai juni juli august september oktober november dezember",
            "jan feb mär apr mai jun jul aug sep okt nov dez",
            "montag dienstag mittwoch donnerstag freitag samstag sonntag", "mo di mi do fr sa so"
        ),
        (
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "janv févr mars avr mai juin juil août sept oct nov déc",
            "lundi mardi mercredi jeudi vendredi samedi dimanche", "lun mar mer jeu ven sam dim"
        ),
        (
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            "ene feb mar abr may jun jul ago sep oct nov dic",
            "lunes martes miércoles jueves viernes sábado domingo", "lun mar mié jue vie sáb dom"
        ),
        (
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
            "gen feb mar apr mag giu lug ago set ott nov dic",
            "lunedì martedì mercoledì giovedì venerdì sabato domenica", "lun mar mer gio ven sab dom"
        ),
        (
            "januari februari maart april mei juni juli augustus september oktober november december",
            "jan feb mrt apr mei jun jul aug sep okt nov dec",
            "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", "ma di wo do vr za zo"
        ),
        (
            "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
            "jan fev mar abr mai jun jul ago set out nov dez",
            "segunda terça quarta quinta sexta sábado domingo", "seg ter qua qui sex sáb dom"
        ),
    ]

    private static let monthTable: [[UInt8]: Name] = {
        var table: [[UInt8]: Name] = [:]
        for (index, language) in languages.enumerated() {
            enter(language.months, index, isShort: false, &table)
            enter(language.short, index, isShort: true, &table)
        }
        // Both the name and the short name: mostly found among short ones.
        table[Array("may".utf8)] = Name(number: 4, language: 0, isShort: true, isPlain: false)
        // Beside `sep`.
        table[Array("sept".utf8)] = Name(number: 8, language: 0, isShort: true, isPlain: false)
        table[Array("maerz".utf8)] = Name(number: 2, language: 1, isShort: false, isPlain: true)
        return table
    }()

    private static let weekdayTable: [[UInt8]: Name] = {
        var table: [[UInt8]: Name] = [:]
        for (index, language) in languages.enumerated() {
            enter(language.days, index, isShort: false, &table)
            enter(language.shortDays, index, isShort: true, &table)
        }
        return table
    }()

    /// The first language that has a name keeps it.
    private static func enter(_ names: String, _ language: Int, isShort: Bool, _ table: inout [[UInt8]: Name]) {
        for (number, word) in names.split(separator: " ").enumerated() {
            let name = Name(number: number, language: language, isShort: isShort, isPlain: false)
            let full = Array(word.utf8), plain = withoutAccents(full)
            if table[full] == nil { table[full] = name }
            if table[plain] == nil {
                table[plain] = Name(number: number, language: language, isShort: isShort, isPlain: true)
            }
        }
    }

    static func month(_ word: ArraySlice<UInt8>) -> Name? { monthTable[lowered(word)] }
    static func weekday(_ word: ArraySlice<UInt8>) -> Name? { weekdayTable[lowered(word)] }

    /// The longest name has so many bytes; what is longer is not looked up.
    static let longest = 12

    // MARK: Writing

    /// - Parameter number: 1 to 12.
    static func month(_ number: Int, like name: Name, in old: ArraySlice<UInt8>) -> [UInt8] {
        let language = languages[name.language]
        return word(number - 1, of: name.isShort ? language.short : language.months, like: name, in: old)
    }

    /// - Parameter dayNumber: of `DICOMDate`; day 0 was a Saturday.
    static func weekday(_ dayNumber: Int, like name: Name, in old: ArraySlice<UInt8>) -> [UInt8] {
        let language = languages[name.language]
        return word((dayNumber + 5) % 7, of: name.isShort ? language.shortDays : language.days, like: name, in: old)
    }

    private static func word(_ number: Int, of names: String, like name: Name, in old: ArraySlice<UInt8>) -> [UInt8] {
        var word = Array(names.split(separator: " ")[number].utf8)
        if name.isPlain { word = withoutAccents(word) }
        let letters = Array(old)
        if letters == lowered(old) { return word }
        if letters.dropFirst().elementsEqual(lowered(letters.dropFirst())) { return raised(word[..<1]) + word[1...] }
        return raised(word[...])
    }

    // MARK: Letters: ASCII, and U+00C0 to U+00FF as UTF-8 writes them

    static func isLetter(_ bytes: [UInt8], _ index: Int) -> Bool {
        let byte = bytes[index]
        return byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0xC3
            || byte >= 0x80 && byte < 0xC0 && index > 0 && bytes[index - 1] == 0xC3
    }

    static func lowered(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var result = Array(word)
        for (index, byte) in result.enumerated() {
            if byte >= 0x41 && byte <= 0x5A { result[index] = byte | 0x20 }
            if index > 0, result[index - 1] == 0xC3, byte >= 0x80 && byte <= 0x9E { result[index] = byte | 0x20 }
        }
        return result
    }

    private static func raised(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var result = Array(word)
        for (index, byte) in result.enumerated() {
            if byte >= 0x61 && byte <= 0x7A { result[index] = byte & ~0x20 }
            if index > 0, result[index - 1] == 0xC3, byte >= 0xA0 && byte <= 0xBE { result[index] = byte & ~0x20 }
        }
        return result
    }

    private static func withoutAccents(_ word: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = word[...]
        while let byte = rest.popFirst() {
            guard byte == 0xC3, let second = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch second {
            case 0xA0...0xA5: result.append(UInt8(ascii: "a"))
            case 0xA7: result.append(UInt8(ascii: "c"))
            case 0xA8...0xAB: result.append(UInt8(ascii: "e"))
            case 0xAC...0xAF: result.append(UInt8(ascii: "i"))
            case 0xB2...0xB6: result.append(UInt8(ascii: "o"))
            default: result.append(UInt8(ascii: "u"))
            }
        }
        return result
    }
}
