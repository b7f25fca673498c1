import DICOMFile
import FuzzDriver

@_cdecl("FuzzVideo_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, clean) }

/// What is cleaned is as long as it was, and a second cleaning finds nothing.
private func clean(_ all: [UInt8]) {
    guard all.count > 2 else { return }
    let codings: [VideoCoding] = [.mpeg2, .h264(isStereo: false), .h264(isStereo: true), .hevc]
    let coding = codings[Int(all[0]) % codings.count]
    guard let once = cleaned(Array(all.dropFirst()), coding) else { return }
    precondition(once.count == all.count - 1)
    precondition(cleaned(once, coding) == once, "not the same a second time")
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
        case .spilled: preconditionFailure("nothing of a video is made before")
        }
    }
}
