internal import CustodyLog
internal import Host

extension StorageReading {
    func check() throws -> RegistryCheck {
        var check = RegistryCheck()
        var records = RecordCheck(storage: self)
        try checkLog(&check) { leaf, index, check in try records.check(leaf, at: index, &check) }
        try records.checkCounts(&check)
        try checkInstances(&check)
        try checkAnchors(&check, records)
        check.root = (try? root(size: check.leaves)).map { hexadecimalDigits($0.bytes) }
        return check
    }

    /// The tree from the leaves up, and what opens their commitments.
    private func checkLog(_ check: inout RegistryCheck, _ body: (EventLeaf, Int, inout RegistryCheck) throws -> Void)
        throws
    {
        let size = try logSize()
        check.leaves = size
        var nodes = 0
        for start in stride(from: 0, to: size, by: 1000) {
            var hashes: [LogHash] = []
            for index in start..<min(size, start + 1000) {
                guard let bytes = try leafBytes(at: index) else {
                    check.find("leaf \(index) is not there")
                    return
                }
                hashes.append(.leaf(bytes))
                guard let leaf = try? EventLeaf(bytes: bytes) else {
                    check.find("leaf \(index) cannot be read")
                    continue
                }
                let openings = try openings(at: index)
                let isOpened =
                    openings.count == leaf.commitments.count
                    && zip(openings, leaf.commitments).allSatisfy { $0.opens($1) }
                if !openings.isEmpty, !isOpened { check.find("leaf \(index): an opening does not open its commitment") }
                try body(leaf, index, &check)
            }
            do {
                for node in try MerkleTree.append(hashes, at: start, node: node(at:)) where node.position.level > 0 {
                    nodes += 1
                    if try self.node(at: node.position) != node.hash {
                        check.find(
                            "node \(node.position.index) of level \(node.position.level) is not that of its leaves")
                    }
                }
            } catch let error as LogError {
                check.find(error.message)
                return
            }
        }
        if try nodeCount() != nodes {
            check.find("there are \(try nodeCount()) nodes above the leaves; expected \(nodes)")
        }
    }

    /// Instances against their leaves and the indices they are found by.
    private func checkInstances(_ check: inout RegistryCheck) throws {
        var last: String?
        while true {
            let page = try instances(.all, after: last, limit: 1000)
            for record in page {
                check.instances += 1
                let digest = record.instance.digest
                if try keys(ofInstance: digest) != record.instance.indexKeys {
                    check.find("instance \(digest) is not in the indices as it should be")
                }
                for study in record.instance.values(of: .studyInstanceUID) {
                    let named = try patients(ofStudy: study)
                    if !record.instance.patients.allSatisfy(named.contains) {
                        check.find("the study of instance \(digest) does not name its patient")
                    }
                }
                let leaf = try? leaf(at: record.leaf)
                if leaf?.kind != .received || !(leaf?.facts.contains(CustodyEvent.Fact("digest", digest)) ?? false) {
                    check.find("instance \(digest) names leaf \(record.leaf), which does not tell that it was received")
                }
            }
            guard page.count == 1000, let end = page.last else { return }
            last = end.instance.digest
        }
    }

    /// Whether whatever stands is found where it is looked for, and stands as the log last told.
    private func checkAnchors(_ check: inout RegistryCheck, _ records: RecordCheck) throws {
        func compare(_ kind: AnchoredKind, _ id: Int64, _ expected: [String]) throws {
            if try anchors(of: kind, id) != Set(expected) {
                check.find("\(kind.rawValue) \(id) is not in the index as it should be")
            }
        }
        func isErased(_ scope: Scope) -> Bool {
            if case .patient(let patient) = scope { patient.id.hasPrefix("erased ") } else { false }
        }
        func pages<Record>(
            _ next: (Int64) throws -> [Record], _ id: (Record) -> Int64, _ body: (Record) throws -> Void
        ) throws {
            var last: Int64 = 0
            while case let page = try next(last), let end = page.last {
                for record in page { try body(record) }
                last = id(end)
            }
        }
        try pages({ try holds(after: $0, unreleasedOnly: false, limit: 1000) }, \.id) { hold in
            try compare(.hold, hold.id, hold.isInForce ? Anchor.of(hold.scope) : [])
            records.checkState(of: hold, &check)
        }
        try pages({ try labels(after: $0, limit: 1000) }, \.id) { label in
            try compare(.label, label.id, isErased(label.scope) ? [] : Anchor.of(label.scope))
            records.checkState(of: label, &check)
        }
        try pages({ try links(after: $0, limit: 1000) }, \.id) { link in
            for identity in [link.one, link.other]
            where !(try links(ofPatientKeys: [FoldedText.key(identity.id)]).contains(link)) {
                check.find("link \(link.id) is not in the index as it should be")
            }
            records.checkState(of: link, &check)
        }
        try pages({ try grants(after: $0, limit: 1000) }, \.id) { try records.checkState(of: $0, &check) }
        try pages({ try retentions(after: $0, limit: 1000) }, \.id) { retention in
            try compare(.retention, retention.id, isErased(retention.scope) ? [] : Anchor.of(retention.scope))
            records.checkState(of: retention, &check)
        }
    }
}
