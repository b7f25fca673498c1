import DICOMEncoding

/// Dates as people and programs write them in text.
enum WrittenDates {
    /// Days and the words they were read from.
    ///
    /// - Parameter wholeOnly: only those with four digits of the year first, as programs write them.
    static func dates(in bytes: [UInt8], words: [WordRuns.Word], wholeOnly: Bool) -> [(day: Int32, text: String)] {
        var found: [(day: Int32, text: String)] = []
        func add(_ year: Int, _ month: Int, _ day: Int, _ words: ArraySlice<WordRuns.Word>) {
            guard year > 1800, let date = DICOMDate(year: year, month: month, day: day) else { return }
            found.append((Int32(date.dayNumber), words.map(\.text).joined(separator: " ")))
        }
        for (index, word) in words.enumerated() {
            let first = Array(word.text.utf8)
            guard first.count <= 20 else { continue }
            // 20180122, and with a time behind it.
            if first.count == 8 || first.count == 14, let number = number(first[..<8]), first.allSatisfy(\.isDigit) {
                add(number / 10000, number / 100 % 100, number % 100, words[index...index])
            }
            guard index + 2 < words.count, word.range.upperBound + 4 > words[index + 1].range.lowerBound,
                words[index + 1].range.upperBound + 4 > words[index + 2].range.lowerBound
            else { continue }
            let three = words[index...index + 2]
            let second = Array(words[index + 1].text.utf8), third = Array(words[index + 2].text.utf8)
            let a = ordinal(first), b = ordinal(second)
            // 2018-01-22, also 2018-01-22T10:00.
            if first.count == 4, let year = number(first[...]), second.count <= 2, let month = b,
                let day = number(third.prefix { $0.isDigit }), third.first?.isDigit == true
            {
                add(year, month, day, three)
            }
            guard !wholeOnly else { continue }
            let year = number(third[...]).flatMap { year -> Int? in
                switch third.count {
                case 4: year
                case 2: year
                default: nil
                }
            }
            guard let year else { continue }
            // Of two digits either century may be meant.
            let years = third.count == 4 ? [year] : [1900 + year, 2000 + year]
            for year in years {
                if let a, let b, first.count <= 2, second.count <= 2 {
                    add(year, b, a, three)
                    add(year, a, b, three)
                }
                if let day = a, let month = Months.number(words[index + 1].text) { add(year, month, day, three) }
                if let day = b, let month = Months.number(word.text) { add(year, month, day, three) }
            }
        }
        return found
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 8, bytes.allSatisfy(\.isDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// `3`, `03`, `3rd`.
    private static func ordinal(_ bytes: [UInt8]) -> Int? {
        let digits = bytes.prefix { $0.isDigit }
        guard !digits.isEmpty, digits.count <= 2 else { return nil }
        let rest = String(decoding: bytes[digits.count...], as: UTF8.self)
        guard rest.isEmpty || ["st", "nd", "rd", "th"].contains(rest) else { return nil }
        return number(digits)
    }
}

/// Names of months in the languages of many reports.
enum Months {
    static func number(_ word: String) -> Int? { numbers[word] }

    private static let numbers: [String: Int] = {
        let names = [
            ["january", "jan", "januar", "janvier", "enero", "gennaio", "januari", "janeiro", "ene", "gen"],
            ["february", "feb", "februar", "fevrier", "febrero", "febbraio", "februari", "fevereiro", "fev"],
            ["march", "mar", "marz", "maerz", "mars", "marzo", "maart", "marco", "mrz"],
            ["april", "apr", "avril", "abril", "aprile", "avr", "abr"],
            ["may", "mai", "mayo", "maggio", "mei", "maio", "mag"],
            ["june", "jun", "juni", "juin", "junio", "giugno", "junho", "giu"],
            ["july", "jul", "juli", "juillet", "julio", "luglio", "julho", "lug"],
            ["august", "aug", "aout", "agosto", "augustus", "ago"],
            ["september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro", "set"],
            ["october", "oct", "oktober", "octobre", "octubre", "ottobre", "outubro", "okt", "ott", "out"],
            ["november", "nov", "novembre", "noviembre", "novembro"],
            ["december", "dec", "dezember", "decembre", "diciembre", "dicembre", "dezembro", "dez", "dic"],
        ]
        var numbers: [String: Int] = [:]
        for (index, row) in names.enumerated() { for name in row { numbers[name] = index + 1 } }
        return numbers
    }()
}
