import DICOMNetwork

/// SwiftPM gives an executable's `main` this name; libFuzzer brings the loop.
@_cdecl("FuzzAssociation_main")
func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var count = count
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
    return runDriver(&count, &arguments, read)
}

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Whatever the bytes: PDUs that are written as they were read, commands likewise, or an error within them.
private func read(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var framer = PDUFramer()
    framer.append(bytes)
    var layer = UpperLayer()
    _ = try? layer.handle(.transportIndicated)
    var assembler = MessageAssembler(contexts: [1, 3])
    do throws(PDUError) {
        while let pdu = try framer.next() {
            let again = try? PDU(decoding: pdu.encoded[...])
            precondition(again == pdu)
            _ = try? layer.handle(.received(pdu))
            if case .data(let values) = pdu {
                for value in values { _ = try assembler.take(value) }
            }
        }
    } catch {
        precondition(error.offset >= 0)
    }
    if let command = try? Command(decoding: bytes[...]) {
        let again = try? Command(decoding: command.encoded[...])
        precondition(again == command)
        _ = command.response(.success)
    }
    return 0
}
