/// What an executable's `main` gets.
public typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Hands one input after the other to `body`. libFuzzer brings the loop, and reads the command line.
///
/// SwiftPM calls an executable's `main` by the name of its module, so each fuzzer begins with
///
///     @_cdecl("FuzzReader_main")
///     func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, read) }
public func fuzz(_ count: Int32, _ arguments: Arguments, _ body: @escaping ([UInt8]) -> Void) -> Int32 {
    test = body
    var count = count
    var arguments: Arguments? = arguments
    return runDriver(&count, &arguments) { start, count in
        test(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
}

/// A callback of C carries nothing with it. Set once, before the loop.
nonisolated(unsafe) private var test: ([UInt8]) -> Void = { _ in }

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<Arguments?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
