import DICOMCore
import DICOMEncoding
import DICOMFile
import FuzzDriver

@_cdecl("FuzzReader_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, read) }

/// Whatever the bytes: an index within them whose values can be read, or an error within them.
private func read(_ bytes: [UInt8]) {
    var limits = ParseLimits()
    limits.inflatedBytes = 1 << 20
    do throws(ParseError) {
        let file = try DICOMFile(bytes: bytes, limits: limits)
        precondition(DICOMFile.probe(prefix: bytes) == .dicom)
        check(file)
    } catch {
        precondition(error.offset >= 0)
    }
}

private func check(_ file: DICOMFile) {
    for (id, node) in file.dataSet.nodes.enumerated() {
        precondition(node.start < node.valueStart && node.valueStart <= node.valueEnd)
        precondition(node.start >= file.dataSet.range.lowerBound && node.end <= file.dataSet.range.upperBound)
        precondition(node.parent < id && Int(node.subtreeEnd) > id && Int(node.subtreeEnd) <= file.dataSet.nodes.count)
        if node.parent >= 0 {
            let parent = file.dataSet.nodes[Int(node.parent)]
            precondition(node.start >= parent.valueStart && node.end <= parent.valueEnd)
        }
        if node.kind == .element {
            guard let value = try? file.bytes(of: id) else { preconditionFailure("a value lies outside") }
            precondition(value.count == node.valueLength)
            _ = try? file.values(of: id)
        }
        _ = file.creator(of: id)
        precondition(file.dataSet.path(of: id).steps.count == Int(node.depth))
    }
    _ = file.nodes(matching: PathPattern(steps: [.anyDepth], element: .standard(.patientName)))
}
