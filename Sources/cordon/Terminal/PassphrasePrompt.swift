import Glibc

/// Asks for a secret on the terminal, whatever standard input is, without showing it.
enum PassphrasePrompt {
    /// - Returns: what was typed, without the end of the line; nil when there is no terminal.
    static func ask(_ question: String) -> [UInt8]? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var shown = termios()
        guard tcgetattr(terminal, &shown) == 0 else { return nil }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else { return nil }
        defer { tcsetattr(terminal, TCSAFLUSH, &shown) }
        print(question, on: terminal)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 1000, read(terminal, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        print("\n", on: terminal)
        return line.isEmpty ? nil : line
    }

    private static func print(_ text: String, on terminal: Int32) {
        var text = text
        text.withUTF8 { _ = write(terminal, $0.baseAddress, $0.count) }
    }
}
