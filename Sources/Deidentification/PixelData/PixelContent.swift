package import DICOMCore
package import DICOMFile

/// What stays of Pixel Data when all that is not pixels is taken out of it: to be written so, or to be cleaned first.
package struct PixelContent {
    package enum Storage {
        /// Cells one behind the other, where they lie; with the bits of a cell that are the sample's, when others go.
        case native(Range<Int>, StoredBits?)
        /// Frames, each a fragment, and the tables that say where they begin.
        case frames([NewElement.Fragment], OffsetTables)
        /// One stream of pictures that build on each other; all fragments, the offset table first.
        case video([NewElement.Fragment])
        /// Nobody can tell its frames apart, and why. It stays as it is.
        case closed(String)
    }

    package let node: DataSetIndex.Node
    package let storage: Storage
    /// Whether it is to be written in place of what is there.
    let isChanged: Bool
    /// What the record says of that.
    let note: String
    /// Frames with all that stands with them in their fragments, for whoever changes pixels alone; nil where they cannot
    /// be told apart by fragments.
    package var whole: [NewElement.Fragment]?

    var replacements: PixelReplacements {
        guard isChanged else { return PixelReplacements() }
        let elements: [Tag: NewElement]
        switch storage {
        case .native(let range, let bits): elements = native(bits.map { .samples(range, $0) } ?? .original(range))
        case .frames(let frames, let tables): elements = tables.elements(node, frames)
        case .video(let fragments): elements = native(.fragments(fragments), vr: node.vr)
        case .closed: return PixelReplacements()
        }
        return PixelReplacements(elements: elements, note: note)
    }

    /// Pixel Data with another value.
    package func native(_ value: NewElement.Value, vr: VR? = nil) -> [Tag: NewElement] {
        [node.tag: NewElement(tag: node.tag, vr: vr ?? (node.vr == .UN ? .OW : node.vr), value: value)]
    }
}
