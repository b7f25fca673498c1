import Foundation
import TestSupport
import Testing

/// The verifier's own tests, in its own language, against bags that were made without Cordon. With `CORDON` naming our
/// command, each of these bags is asked of both, and the words have to be the same.
@Suite struct PythonTests {
    @Test func `verify.py passes its tests, and we agree with it on every bag`() throws {
        let done = try run(
            Verifier.python, ["-W", "ignore", Verifier.folder + "/test_verify.py"],
            environment: ["CORDON": Verifier.command])
        #expect(done.status == 0, "\(done.error.suffix(6000))")
        #expect(done.error.contains("Ran ") && !done.error.contains("Ran 0"))
        print(done.error.split(separator: "\n").filter { $0.hasPrefix("verify.py") }.joined(separator: "\n"))
    }
}
