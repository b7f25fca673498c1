import DICOMCore
import DICOMEncoding
import DICOMFile

/// SwiftPM gives an executable's `main` this name; libFuzzer brings the loop.
@_cdecl("FuzzEdit_main")
func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var count = count
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
    return runDriver(&count, &arguments, edit)
}

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// What is read is the same without edits, and with one it is read again with that one and the rest of it.
private func edit(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count > 4 else { return 0 }
    let all = Array(UnsafeBufferPointer(start: start, count: count))
    let bytes = Array(all.dropFirst(2))
    var limits = ParseLimits()
    limits.inflatedBytes = 1 << 18
    guard let file = try? DICOMFile(bytes: bytes, limits: limits) else { return 0 }
    guard let same = try? EditedDataSet(file, edits: []).bytes(), same == bytes else {
        preconditionFailure("not the same without edits")
    }
    let nodes = file.dataSet.nodes
    guard !nodes.isEmpty else { return 0 }
    let id = (Int(all[0]) | Int(all[1]) << 8) % nodes.count
    let node = nodes[id]
    let new = NewElement(tag: node.tag, vr: .LO, text: "X")
    let edits: [Edit] = node.kind == .item ? [.remove(id)] : [all[1] & 1 == 0 ? .remove(id) : .replace(id, new)]
    guard let result = try? EditedDataSet(file, edits: edits).bytes() else { return 0 }
    // The beginning tells how a data set is encoded when nothing else does, and creators what VR others have: edits of
    // those may change what the rest is read as.
    let isTelling = file.isMisstated || file.fileMeta.nodes.isEmpty || id < 5 || node.tag.isPrivateCreator
    guard !isTelling, file.fileMeta.child(.transferSyntaxUID) != nil, file.dataSet.encoding.isExplicit else { return 0 }
    var wide = limits
    wide.inflatedBytes = 1 << 20
    let again = try? DICOMFile(bytes: result, limits: wide)
    // A VR that nobody knows is read by what follows it.
    if nodes.contains(where: { !$0.vr.isDefined }) { return 0 }
    guard let again else { preconditionFailure("not read again") }
    let isRemoved = if case .remove? = edits.first { true } else { false }
    let expected = nodes.count - (Int(node.subtreeEnd) - id) + (isRemoved ? 0 : 1)
    // UN that was a sequence by its bytes alone may be one no more, or be one now.
    if nodes.contains(where: { $0.vr == .UN && $0.kind != .item && !$0.tag.isPrivate }) { return 0 }
    precondition(again.dataSet.nodes.count == expected)
    return 0
}
