import DICOMCore
import DICOMFile

/// What a data set says of its own private elements: Private Data Element Characteristics Sequence (0008,0300)
/// (PS3.3 C.12.1.7.1, PS3.15 E.3.10).
struct PrivateCharacteristics {
    private struct Block {
        var isSafe = false
        /// Low bytes of the elements that identify nobody, of a block of which some do.
        var safe: Set<UInt8> = []
        var actions: [UInt8: Treatment] = [:]
    }

    private struct Key: Hashable {
        var group: UInt16
        var creator: String
    }

    private var blocks: [Key: Block] = [:]

    /// What contradicts itself or cannot be read declares nothing.
    init(_ file: DICOMFile) {
        guard let sequence = file.dataSet.child(.privateDataElementCharacteristicsSequence) else { return }
        for item in file.dataSet.children(of: sequence) {
            func texts(_ element: UInt16, of item: DataSetIndex.NodeID) -> [String] {
                file.dataSet.child(Tag(0x0008, element), of: item).flatMap { try? file.values(of: $0) } ?? []
            }
            guard let group = texts(0x0301, of: item).first.flatMap({ UInt16($0) }),
                let creator = texts(0x0302, of: item).first, !creator.isEmpty
            else { continue }
            let key = Key(group: group, creator: String(creator.drop { $0 == " " }))
            var block = Block()
            switch texts(0x0303, of: item).first {
            case "SAFE": block.isSafe = true
            case "MIXED": block.safe = Set(texts(0x0304, of: item).compactMap(Self.element))
            default: break
            }
            if let actions = file.dataSet.child(Tag(0x0008, 0x0305), of: item) {
                for action in file.dataSet.children(of: actions) {
                    let treatment = Self.treatment(texts(0x0307, of: action).first)
                    for element in texts(0x0306, of: action).compactMap(Self.element) {
                        block.actions[element] = treatment
                    }
                }
            }
            // Two statements about one block: neither is believed.
            blocks[key] = blocks[key] == nil ? block : Block()
        }
    }

    private static func element(_ text: String) -> UInt8? { UInt16(text).map { UInt8(truncatingIfNeeded: $0) } }

    private static func treatment(_ action: String?) -> Treatment {
        switch action {
        case "D": .dummy
        case "Z": .empty
        case "U": .uid
        default: .remove
        }
    }

    /// What is to become of an element; nil when nothing is said of it.
    func treatment(of tag: Tag, creator: String) -> Treatment? {
        guard let block = blocks[Key(group: tag.group, creator: creator)] else { return nil }
        let element = UInt8(truncatingIfNeeded: tag.element)
        if let action = block.actions[element] { return action }
        return block.isSafe || block.safe.contains(element) ? .keep : .remove
    }

    /// The sequence that describes what is left, all of it safe; nil when nothing is.
    static func describing(_ blocks: [(group: UInt16, creator: String)]) -> NewElement? {
        guard !blocks.isEmpty else { return nil }
        let items = blocks.map { block in
            [
                NewElement(
                    tag: Tag(0x0008, 0x0301), vr: .US,
                    value: .bytes([UInt8(truncatingIfNeeded: block.group), UInt8(truncatingIfNeeded: block.group >> 8)])
                ),
                NewElement(tag: Tag(0x0008, 0x0302), vr: .LO, text: block.creator),
                NewElement(tag: Tag(0x0008, 0x0303), vr: .CS, text: "SAFE"),
            ]
        }
        return NewElement(tag: .privateDataElementCharacteristicsSequence, vr: .SQ, value: .items(items))
    }
}

extension Tag {
    static let privateDataElementCharacteristicsSequence = Tag(0x0008, 0x0300)
}
