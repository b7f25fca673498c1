import Glibc

/// The terminal behind standard output.
enum TerminalSize {
    /// Columns: what `COLUMNS` asks for, else those of the terminal; nil in a pipe or a file.
    static var columns: Int? {
        if let asked = getenv("COLUMNS").flatMap({ Int(String(cString: $0)) }), asked > 0 { return asked }
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
