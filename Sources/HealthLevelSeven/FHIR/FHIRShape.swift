/// What is looked at in JSON before it is read: how deep and how much it is, and that no object has a member twice. Of two members
/// with one name a reader keeps one and says nothing, which may be the one that protects nobody.
enum FHIRShape {
    private struct Level {
        /// Of an object: names of its members, as they stand.
        var names: Set<ArraySlice<UInt8>>?
        var awaitsName: Bool
    }

    static func check(_ bytes: [UInt8], at place: String) throws(FHIRError) {
        var levels: [Level] = []
        var values = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                levels.append(Level(names: isObject ? [] : nil, awaitsName: isObject))
                guard levels.count <= FHIRValue.mostLevels else {
                    throw FHIRError(place, "the text is nested more than \(FHIRValue.mostLevels) levels deep")
                }
                values += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
            case UInt8(ascii: ","):
                values += 1
                guard var level = levels.popLast() else { break }
                level.awaitsName = level.names != nil
                levels.append(level)
            case UInt8(ascii: "\""):
                let start = index
                while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                let end = min(index, bytes.endIndex)
                index = end + 1
                guard var level = levels.popLast() else { break }
                if level.awaitsName {
                    level.awaitsName = false
                    try add(bytes[start..<end], to: &level.names, at: place)
                }
                levels.append(level)
            default: break
            }
            guard values <= FHIRValue.mostValues else {
                throw FHIRError(place, "the text has more than \(FHIRValue.mostValues) values; give it as NDJSON")
            }
        }
    }

    private static func add(
        _ name: ArraySlice<UInt8>, to names: inout Set<ArraySlice<UInt8>>?, at place: String
    ) throws(FHIRError) {
        // FHIR's names are letters and underscores. One name may be escaped, or composed, in several ways.
        guard name.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else {
            throw FHIRError(place, "the name of a member has escapes or letters that FHIR has not")
        }
        guard var known = names else { return }
        // Taken out while it changes, so that it is not copied.
        names = nil
        defer { names = known }
        guard known.insert(name).inserted else { throw FHIRError(place, "an object has a member twice") }
        guard known.count <= FHIRValue.mostMembers else {
            throw FHIRError(place, "an object has more than \(FHIRValue.mostMembers) members")
        }
    }
}
