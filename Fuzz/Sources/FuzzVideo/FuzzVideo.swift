import DICOMFile

/// SwiftPM gives an executable's `main` this name; libFuzzer brings the loop.
@_cdecl("FuzzVideo_main")
func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var count = count
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
    return runDriver(&count, &arguments, clean)
}

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// What is cleaned is as long as it was, and a second cleaning finds nothing.
private func clean(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard count > 2 else { return 0 }
    let all = Array(UnsafeBufferPointer(start: start, count: count))
    let codings: [VideoCoding] = [.mpeg2, .h264(isStereo: false), .h264(isStereo: true), .hevc]
    let coding = codings[Int(all[0]) % codings.count]
    guard let once = cleaned(Array(all.dropFirst()), coding) else { return 0 }
    precondition(once.count == all.count - 1)
    precondition(cleaned(once, coding) == once, "not the same a second time")
    return 0
}

/// In two fragments; nil when it is sequestered.
private func cleaned(_ stream: [UInt8], _ coding: VideoCoding) -> [UInt8]? {
    let fragments = [0..<stream.count / 2, stream.count / 2..<stream.count]
    let reader = FragmentReader(fragments) { Array(stream[$0]) }
    guard let overwriting = try? VideoStream.overwriting(reader, coding) else { return nil }
    return overwriting.fragments(fragments).flatMap(\.parts).flatMap { part in
        switch part {
        case .new(let bytes): bytes
        case .original(let range): Array(stream[range])
        }
    }
}
