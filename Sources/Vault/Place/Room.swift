import Glibc
import Host

/// Keeps count of what the vault's own folder holds, among all processes, in the small file `room`. The count is exact: it
/// changes under a lock together with the folder, and is made anew after a crash and after each start of the machine.
///
/// Where the system does not tell which run of the machine this is, a count of before a crash would look like one of now: none
/// is kept then, and nothing comes in. What is there is read and removed as ever.
struct Room: Sendable {
    static let title = "cordon vault room 1"

    let place: Place
    let locks: VaultLocks
    /// Names this run of the machine; nil where the system does not say.
    var run = Room.runOfMachine

    private let looks = RoomLooks()

    private var path: String { place.path + "/room" }

    struct Count: Equatable {
        var bytes: Int64
        var objects: Int64
        /// It was full, and has no slack yet.
        var isFull: Bool
    }

    /// Makes the count when there is none that can be trusted.
    func ensure(counting: Bool = false) throws(VaultError) {
        guard run != nil else {
            if counting { try locks.hold(.room) { () throws(VaultError) in try forget() } }
            return
        }
        if !counting, try locks.hold(.room, { () throws(VaultError) in try read() }) != nil { return }
        try locks.hold(.allBuckets) { () throws(VaultError) in
            var count = Count(bytes: 0, objects: 0, isFull: false)
            try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
                for number in Place.buckets {
                    let folder = place.bucket(number)
                    for name in try FolderListing.names(in: folder) where !name.hasSuffix(Place.envelopeSuffix) {
                        guard let status = FileSystem.status("\(folder)/\(name)") else { continue }
                        count.bytes += Int64(status.st_size)
                        count.objects += 1
                    }
                }
            }
            try locks.hold(.room) { () throws(VaultError) in
                count.isFull = try read()?.isFull ?? false
                try write(count)
            }
        }
    }

    /// Throws `full` unless so many bytes more may come. Nothing is counted yet.
    func check(_ size: Int64) throws(VaultError) {
        try requireRun()
        if looks.allow(size) { return }
        let limits = try limits()
        func judged() throws(VaultError) -> Bool {
            try locks.hold(.room) { () throws(VaultError) in
                guard var count = try read() else { return false }
                looks.saw(try judge(&count, size, limits))
                return true
            }
        }
        if try judged() { return }
        // Somebody took the file away, or the machine began anew.
        try ensure()
        _ = try judged()
    }

    /// Whoever can tell counts anew: the count that is there does not know of what was done now.
    private func forget() throws(VaultError) {
        try VaultError.wrapping("the vault's count cannot be removed") { () throws(SystemError) in
            try FileSystem.remove(path)
        }
    }

    /// Counts an object that comes; the caller holds the lock of its bucket.
    func take(_ size: Int64) throws(VaultError) {
        try requireRun()
        let limits = try limits()
        try locks.hold(.room) { () throws(VaultError) in
            // Somebody took the file away; the next who opens the vault counts.
            guard var count = try read() else { return }
            // Its bytes are on the device already.
            try judge(&count, size, limits, isWritten: true)
            count.bytes += size
            count.objects += 1
            try write(count)
        }
    }

    /// Counts an object that goes, or did not come after all.
    func give(_ size: Int64) throws(VaultError) {
        try locks.hold(.room) { () throws(VaultError) in
            guard run != nil else { return try forget() }
            guard var count = try read() else { return }
            count.bytes -= size
            count.objects -= 1
            try write(count)
        }
    }

    /// - Returns: how many bytes more there is room for.
    @discardableResult
    private func judge(
        _ count: inout Count, _ size: Int64, _ limits: Limits, isWritten: Bool = false
    ) throws(VaultError) -> Int64 {
        let (free, total) = try freeSpace()
        let reserve = limits.reserve(of: total)
        // Once full, the bar is higher.
        let factor = count.isFull ? limits.slack : 0
        let isOverLimit = limits.bytes.map { count.bytes + size > $0 - $0 / 100 * factor } ?? false
        let isOverReserve = free - (isWritten ? 0 : size) < reserve + reserve / 100 * factor
        let isFull = isOverLimit || isOverReserve
        if isFull != count.isFull {
            count.isFull = isFull
            try write(count)
        }
        guard isFull else {
            return min(limits.bytes.map { $0 - count.bytes } ?? .max, free - reserve) - size
        }
        let reason =
            isOverLimit
            ? "the vault holds \(count.bytes) of \(limits.bytes ?? 0) bytes and takes no more"
            : "\(free) bytes are free where the vault lies, and \(reserve) of them are kept so"
        throw VaultError(
            .full, "\(reason); move cold objects away, make room or change the limit, and offer it again")
    }

    func usage() throws(VaultError) -> Usage {
        try requireRun()
        try ensure()
        let limits = try limits()
        let count = try locks.hold(.room) { () throws(VaultError) in try read() }
        let (free, total) = try freeSpace()
        return Usage(
            bytes: count?.bytes ?? 0, count: count?.objects ?? 0, free: free, reserve: limits.reserve(of: total),
            isFull: count?.isFull ?? false)
    }

    private func freeSpace() throws(VaultError) -> (free: Int64, total: Int64) {
        try VaultError.wrapping("the file system of the vault does not say what is free") { () throws(SystemError) in
            try place.freeSpace()
        }
    }

    func limits() throws(VaultError) -> Limits {
        let bytes = try VaultError.wrapping("the vault's limits cannot be read") { () throws(SystemError) in
            try FolderListing.bytes(place.path + "/limits")
        }
        guard let bytes else { return Limits() }
        guard let limits = CheckedText(bytes, title: Limits.title).flatMap({ Limits($0) }) else {
            throw VaultError(.record, "`limits` of the vault is damaged; set the limits anew")
        }
        return limits
    }

    func set(_ limits: Limits) throws(VaultError) {
        defer { looks.forget() }
        try VaultError.wrapping("the vault's limits cannot be written") { () throws(SystemError) in
            try place.write(limits.text, as: "limits")
        }
    }

    // The file is written in place and not brought to disk: it is of one run of the machine.

    private func read() throws(VaultError) -> Count? {
        let bytes = try VaultError.wrapping("the vault's count cannot be read") { () throws(SystemError) in
            try FolderListing.bytes(path)
        }
        guard let run, let bytes, let text = CheckedText(bytes, title: Self.title), text["run"] == run,
            let used = text["bytes"].flatMap({ Int64($0) }), let objects = text["objects"].flatMap({ Int64($0) })
        else { return nil }
        return Count(bytes: used, objects: objects, isFull: text["full"] == "yes")
    }

    private func write(_ count: Count) throws(VaultError) {
        let run = try requireRun()
        let lines: [CheckedText.Line] = [
            .init("run", run), .init("bytes", String(count.bytes)), .init("objects", String(count.objects)),
            .init("full", count.isFull ? "yes" : "no"),
        ]
        let text = CheckedText(title: Self.title, lines: lines).text
        try VaultError.wrapping("the vault's count cannot be written") { () throws(SystemError) in
            let number = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .last("open") }
            let file = Descriptor(number)
            let bytes = Array(text.utf8)
            try bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }.get()
            guard ftruncate(number, bytes.count) == 0 else { throw .last("ftruncate") }
        }
    }

    @discardableResult
    private func requireRun() throws(VaultError) -> String {
        guard let run else {
            throw VaultError(
                .system,
                "the system does not say which run of the machine this is, so that what the vault holds cannot be counted: let "
                    + "`/proc/sys/kernel/random/boot_id` be read (no `ProcSubset=pid` in a unit of systemd)")
        }
        return run
    }

    fileprivate static let runOfMachine: String? = {
        let bytes = try? FolderListing.bytes("/proc/sys/kernel/random/boot_id", limit: 64)
        let name = bytes.map { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) } ?? ""
        return name.isEmpty ? nil : name
    }()
}

extension Vault {
    /// Whether the system says which run of the machine this is. Where it does not, a vault takes nothing.
    public static var knowsRunOfMachine: Bool { Room.runOfMachine != nil }

    /// How much the vault may take.
    public func limits() throws(VaultError) -> Limits { try room.limits() }

    /// Sets it, for all processes: nothing that does not fit is acknowledged from now on. Of another process a beginning may be refused a
    /// tenth of a second late.
    public func set(_ limits: Limits) throws(VaultError) { try room.set(limits) }

    /// How much is taken.
    public func usage() throws(VaultError) -> Usage { try room.usage() }

    /// Throws `full` unless so many bytes more may come: for a gateway that asks before it accepts an association.
    public func expect(_ size: Int64) throws(VaultError) {
        try room.check(mode == .encrypted ? SealedHeader.sealedSize(of: size) : size)
    }
}
