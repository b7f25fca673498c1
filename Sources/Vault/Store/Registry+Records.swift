public import Registry

extension Registry: InstanceRecords {
    public func state(of digest: String) throws -> RecordState {
        guard let record = try instance(digest) else { return .unknown }
        return record.removed == nil ? .kept : .removed
    }

    public func forEachKept(_ body: (String) throws -> Void) throws {
        let size = 1000
        var last: String?
        while true {
            let after = last
            let page = try storage.read { try $0.instances(.all, after: after, limit: size) }
            for record in page where record.removed == nil { try body(record.instance.digest) }
            guard page.count == size, let end = page.last else { return }
            last = end.instance.digest
        }
    }
}
