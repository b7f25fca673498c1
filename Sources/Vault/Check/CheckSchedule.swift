public import Host

/// When which folder of objects was last gone through, in the file `checks`. An object is never older in it than its
/// folder: whatever is checked within thirty days by folders is checked within thirty days.
struct CheckSchedule: Equatable {
    static let title = "cordon vault checks 1"

    struct Folder: Hashable {
        var place: String
        var bucket: Int
    }

    private var times: [Folder: Instant] = [:]

    init() {}

    init?(_ bytes: [UInt8]) {
        guard let text = CheckedText(bytes, title: Self.title) else { return nil }
        for value in text.values("folder") {
            let parts = value.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3, let bucket = Int(parts[0], radix: 16), let time = Int64(parts[1]) else {
                return nil
            }
            times[Folder(place: parts[2], bucket: bucket)] = Instant(milliseconds: time)
        }
    }

    var text: CheckedText {
        let folders = times.sorted { ($0.key.place, $0.key.bucket) < ($1.key.place, $1.key.bucket) }
        return CheckedText(
            title: Self.title,
            lines: folders.map { folder, time in
                .init("folder", "\(ObjectName.bucketName(folder.bucket)) \(time.milliseconds) \(folder.place)")
            })
    }

    subscript(folder: Folder) -> Instant? {
        get { times[folder] }
        set { times[folder] = newValue }
    }

    /// The folders that were never gone through, or not since a time; those that waited longest come first.
    func due(among folders: [Folder], before time: Instant) -> [Folder] {
        func last(_ folder: Folder) -> Int64 { times[folder]?.milliseconds ?? .min }
        return folders.filter { last($0) < time.milliseconds }.sorted {
            (last($0), $0.place, $0.bucket) < (last($1), $1.place, $1.bucket)
        }
    }
}

extension Vault {
    func readSchedule() throws(VaultError) -> CheckSchedule? {
        let bytes = try VaultError.wrapping("the schedule of checks cannot be read") { () throws(SystemError) in
            try FolderListing.bytes(home.path + "/checks", limit: 1 << 24)
        }
        return bytes.map { CheckSchedule($0) } ?? CheckSchedule()
    }

    func write(_ schedule: CheckSchedule) throws(VaultError) {
        guard isWritable else { return }
        try VaultError.wrapping("the schedule of checks cannot be written") { () throws(SystemError) in
            try home.write(schedule.text, as: "checks")
        }
    }

    /// When the folder that waited longest was last gone through; nil when there is one that never was.
    public func oldestCheck() throws(VaultError) -> Instant? {
        guard let schedule = try readSchedule() else { return nil }
        var oldest: Instant?
        for place in try places() {
            for bucket in Place.buckets {
                guard let time = schedule[.init(place: place.path, bucket: bucket)] else { return nil }
                oldest = min(oldest ?? time, time)
            }
        }
        return oldest
    }
}
