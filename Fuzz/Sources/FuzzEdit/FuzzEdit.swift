import DICOMCore
import DICOMEncoding
import DICOMFile
import FuzzDriver

@_cdecl("FuzzEdit_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, edit) }

/// What is read is the same without edits, and with one it is read again with that one and the rest of it.
private func edit(_ all: [UInt8]) {
    guard all.count > 4 else { return }
    let bytes = Array(all.dropFirst(2))
    var limits = ParseLimits()
    limits.inflatedBytes = 1 << 18
    guard let file = try? DICOMFile(bytes: bytes, limits: limits) else { return }
    guard let same = try? EditedDataSet(file, edits: []).bytes(), same == bytes else {
        preconditionFailure("not the same without edits")
    }
    let nodes = file.dataSet.nodes
    guard !nodes.isEmpty else { return }
    let id = (Int(all[0]) | Int(all[1]) << 8) % nodes.count
    let node = nodes[id]
    let new = NewElement(tag: node.tag, vr: .LO, text: "X")
    let edits: [Edit] = node.kind == .item ? [.remove(id)] : [all[1] & 1 == 0 ? .remove(id) : .replace(id, new)]
    guard let result = try? EditedDataSet(file, edits: edits).bytes() else { return }
    // The beginning tells how a data set is encoded when nothing else does, and creators what VR others have: edits of
    // those may change what the rest is read as.
    let isTelling = file.isMisstated || file.fileMeta.nodes.isEmpty || id < 5 || node.tag.isPrivateCreator
    guard !isTelling, file.fileMeta.child(.transferSyntaxUID) != nil, file.dataSet.encoding.isExplicit else { return }
    var wide = limits
    wide.inflatedBytes = 1 << 20
    let again = try? DICOMFile(bytes: result, limits: wide)
    // A VR that nobody knows is read by what follows it.
    if nodes.contains(where: { !$0.vr.isDefined }) { return }
    guard let again else { preconditionFailure("not read again") }
    let isRemoved = if case .remove? = edits.first { true } else { false }
    let expected = nodes.count - (Int(node.subtreeEnd) - id) + (isRemoved ? 0 : 1)
    // UN that was a sequence by its bytes alone may be one no more, or be one now.
    if nodes.contains(where: { $0.vr == .UN && $0.kind != .item && !$0.tag.isPrivate }) { return }
    precondition(again.dataSet.nodes.count == expected)
}
