/// Why a process that works for us gave no result. In words, without values of the data set.
public struct WorkerError: Error, Sendable, Hashable {
    public enum Code: Sendable, Hashable {
        /// The program is not where it should be, or is none.
        case notInstalled
        /// What it was given is not what it should be.
        case damaged
        /// It was given something sound that it does not work on.
        case unsupported
        /// More samples than the data set says, or than one frame may have.
        case tooLarge
        case noMemory
        /// It came to an end by itself: what it was given made it fail.
        case crashed
        /// It took more time than a frame may take.
        case timedOut
        /// It answered something that is no answer.
        case babbled
    }

    public var code: Code
    public var reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension WorkerError: CustomStringConvertible {
    public var description: String { reason }
}
