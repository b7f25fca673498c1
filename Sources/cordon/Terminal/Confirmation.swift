import Glibc
import Inputs

/// Asks before something that cannot be undone.
enum Confirmation {
    /// - Parameter yes: nobody is to be asked.
    /// - Throws: when the answer is anything but yes, and where there is nobody to ask.
    static func ask(_ question: String, yes: Bool) throws(RunError) {
        guard !yes else { return }
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0, isatty(STDIN_FILENO) == 1 else {
            if terminal >= 0 { close(terminal) }
            throw RunError(.arguments, "this cannot be undone, and there is no terminal to ask on: give `--yes`")
        }
        defer { close(terminal) }
        var text = "\(question)\nType yes to go on: "
        text.withUTF8 { _ = write(terminal, $0.baseAddress, $0.count) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 16, read(terminal, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        guard String(decoding: line, as: UTF8.self) == "yes" else { throw RunError(.arguments, "nothing was done") }
    }
}
