import Synchronization

/// Workers of one program, started when they are needed and used again. Any number of threads. They end with their pool:
/// what frames of one patient did to a process harms no other when each instance has a pool of its own.
public final class WorkerPool: Sendable {
    private let program: WorkerProgram?
    private let idle = Mutex<[WorkerProcess]>([])

    /// What is kept for the next frame.
    private static let mostIdle = 8

    /// - Parameter program: nil for one that is not installed: every request is an error then.
    public init(_ program: WorkerProgram?) { self.program = program }

    /// The answer to a request, whatever else the process did before. A process that worked before and gives none, or
    /// says that it cannot, is not believed: another one gets the same request, so that the same frame has the same end
    /// in every run (P7).
    func answer(to request: WorkerMessage, most: Int) throws(WorkerError) -> WorkerMessage {
        guard let program else {
            throw WorkerError(
                .notInstalled, "the program that reads pixels is not installed beside this one")
        }
        if let worker = take(), let answer = try? checkedAnswer(of: worker, to: request, most: most) { return answer }
        return try checkedAnswer(of: try WorkerProcess(program), to: request, most: most)
    }

    /// Only who did what was asked is asked again: a frame that cannot be read has been through a library that gave up
    /// somewhere in it, and nobody knows in which state that is.
    private func checkedAnswer(
        of worker: WorkerProcess, to request: WorkerMessage, most: Int
    ) throws(WorkerError) -> WorkerMessage {
        let answer = try Self.checked(try worker.answer(to: request, most: most))
        keep(worker)
        return answer
    }

    private func take() -> WorkerProcess? {
        idle.withLock { $0.popLast() }
    }

    private func keep(_ worker: WorkerProcess) {
        idle.withLock { if $0.count < Self.mostIdle { $0.append(worker) } }
    }

    private static func checked(_ answer: WorkerMessage) throws(WorkerError) -> WorkerMessage {
        switch answer.code {
        case 0: return answer
        case 1: throw WorkerError(.damaged, "a frame is damaged")
        case 2: throw WorkerError(.unsupported, "a frame is coded in a way that is not read here")
        case 3: throw WorkerError(.tooLarge, "a frame is larger than the data set says, or than one may be")
        case 4: throw WorkerError(.noMemory, "a frame needs more memory than one may have")
        default: throw WorkerError(.babbled, "the process that reads pixels did not understand")
        }
    }
}
