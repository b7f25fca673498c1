import Glibc

/// The processors of the machine.
package enum Processors {
    /// How many this process may use: fewer than there are where a scheduler has given it some (`sched_setaffinity(2)`); one at least.
    package static var count: Int {
        var set = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
            return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        }
        return max(1, withUnsafeBytes(of: set) { bytes in bytes.reduce(0) { $0 + $1.nonzeroBitCount } })
    }
}
