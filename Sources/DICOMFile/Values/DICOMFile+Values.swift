public import DICOMCore
import DICOMDictionary
public import DICOMEncoding

extension DICOMFile {
    /// The values of an element as text, for any VR that has text or numbers: trailing padding gone, split at
    /// backslashes (unless the VR is one text), decoded by the Specific Character Set that applies at that place,
    /// numbers in decimal, AT as `(gggg,eeee)`. Empty for an element without a value. UN is read by the VR of the
    /// dictionary when it has one. Throws for bytes, sequences, and whatever cannot be decoded; `ValueDecoder` says what
    /// padding is and how long a value may be.
    public func values(of node: DataSetIndex.NodeID, in part: Part = .dataSet) throws(ValueError) -> [String] {
        let element = self.node(node, in: part)
        let vr = valueRepresentation(of: node, in: part)
        guard element.kind == .element, ValueDecoder.hasText(vr) else {
            throw ValueError(.notText, reason: "\(vr) has no values in text")
        }
        guard element.valueEnd - element.valueStart <= ValueDecoder.longest else {
            throw ValueError(.tooLong, reason: "the value has more than \(ValueDecoder.longest) bytes")
        }
        let set = vr.usesSpecificCharacterSet ? try characterSet(at: node, in: part) : .defaultRepertoire
        return try ValueDecoder.values(
            bytes(of: node, in: part), vr: vr, isBigEndian: isBigEndian(element), characterSet: set)
    }

    /// What `values` gives for an element of the data set whose bytes are one value in ASCII, as nearly all are: found without an
    /// array for each step. Nil says nothing: then `values` is to be asked.
    ///
    /// - Parameter readsASCII: of the character set that is in force for the element.
    public func plainText(of node: DataSetIndex.NodeID, readsASCII: @autoclosure () -> Bool) -> String? {
        let element = dataSet.nodes[node]
        // What lies behind the head is read from the file, which may fail.
        guard element.kind == .element, element.vr.isText, element.valueEnd <= elements.head.count,
            element.valueEnd - element.valueStart <= ValueDecoder.longest,
            !element.vr.usesSpecificCharacterSet || readsASCII()
        else { return nil }
        return ValueDecoder.plainText(elements.head, element.valueStart..<element.valueEnd, vr: element.vr)
    }

    /// The first value at the top level, nil when absent, empty or unreadable: for SOP class, UIDs, transfer syntax.
    public func text(_ tag: Tag) -> String? {
        let part = tag.group == 0x0002 ? Part.fileMeta : .dataSet
        guard let node = index(of: part).child(tag, of: nil), let values = try? values(of: node, in: part),
            let first = values.first, !first.isEmpty
        else { return nil }
        return first
    }

    /// The VR by which an element is read: its own, or the dictionary's when it is UN (PS3.5 6.2.2 note 3). UN when the
    /// dictionary knows nothing either, or calls it a sequence though it was not read as one.
    public func valueRepresentation(of node: DataSetIndex.NodeID, in part: Part = .dataSet) -> VR {
        let element = self.node(node, in: part)
        guard element.vr == .UN else { return element.vr }
        let known: VR?
        if element.kind == .sequence {
            known = .SQ
        } else if element.tag.isPrivateCreator {
            known = .LO
        } else if element.tag.isPrivate {
            known = creator(of: node).flatMap {
                PrivateDictionary.entry(
                    creator: $0, group: element.tag.group, element: UInt8(truncatingIfNeeded: element.tag.element))?.vr
            }
        } else {
            known = StandardDictionary.vr(of: element.tag)
        }
        guard let known, known != .SQ || element.kind == .sequence else { return .UN }
        return known
    }

    /// The Specific Character Set in force for an element: that of its own item, or of the nearest item or data set
    /// around it that has one (PS3.5 7.5.3), else the default repertoire. One that is there and empty counts as the default
    /// repertoire. Throws `unknownCharacterSet` when it cannot be read.
    public func characterSet(at node: DataSetIndex.NodeID, in part: Part = .dataSet) throws(ValueError)
        -> SpecificCharacterSet
    {
        let parent = self.node(node, in: part).parent
        return try characterSet(ofItem: parent < 0 ? nil : DataSetIndex.NodeID(parent), in: part)
    }

    /// The Specific Character Set in force within an item, or (nil) at the top level: what a new element there is written
    /// in.
    public func characterSet(ofItem item: DataSetIndex.NodeID?, in part: Part = .dataSet) throws(ValueError)
        -> SpecificCharacterSet
    {
        let index = index(of: part)
        var place = item
        while true {
            if place.map({ index.nodes[$0].kind == .item }) ?? true,
                let node = index.child(.specificCharacterSet, of: place)
            {
                return try declaredCharacterSet(node, in: part)
            }
            guard let inner = place else { return .defaultRepertoire }
            let parent = index.nodes[inner].parent
            place = parent < 0 ? nil : DataSetIndex.NodeID(parent)
        }
    }

    private func declaredCharacterSet(_ node: DataSetIndex.NodeID, in part: Part) throws(ValueError)
        -> SpecificCharacterSet
    {
        let element = self.node(node, in: part)
        // The longest that could be meant names every set once; more is no list of terms.
        guard element.kind == .element, element.valueEnd - element.valueStart <= 1024 else {
            throw ValueError(.unknownCharacterSet, reason: "Specific Character Set (0008,0005) is no list of terms")
        }
        var bytes = try bytes(of: node, in: part)
        while bytes.last == 0 { bytes.removeLast() }
        return try SpecificCharacterSet(bytes: bytes)
    }

    /// UN is implicit little endian within (PS3.5 6.2.2 note 3), and what is read as something else is too.
    func isBigEndian(_ element: DataSetIndex.Node) -> Bool { element.encoding.isBigEndian && element.vr != .UN }
}
