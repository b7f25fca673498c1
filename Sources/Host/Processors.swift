internal import CLinux
import Glibc

/// The processors of the machine.
package enum Processors {
    /// How many this process may use: fewer than there are where a scheduler has given it some (`sched_setaffinity(2)`); one at least.
    package static var count: Int {
        let own = Int(cordon_processor_count())
        return own > 0 ? own : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}
