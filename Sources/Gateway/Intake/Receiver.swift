internal import DICOMFile
internal import Host
internal import Inputs
internal import Registry
internal import Vault

/// Takes objects, whoever brings them: by an association or by STOW-RS. What it says is stored is in the vault, in the registry
/// and in the journal, each on the disk (P1).
///
///     let incoming = try receiver.begin(from: peer.id)
///     try incoming.write(piece)                       // as often as there are pieces
///     let received = try incoming.finish()            // success may be told now
package struct Receiver: Sendable {
    let vault: Vault
    let registry: Registry
    let journal: GatewayJournal
    let spool: Spool
    private let current: CurrentSetup
    private let log: GatewayLog
    private let budget: MemoryBudget
    /// Told when something came of a study.
    private let arrived: @Sendable () -> Void

    init(
        vault: Vault, registry: Registry, journal: GatewayJournal, spool: Spool, current: CurrentSetup, log: GatewayLog,
        budget: MemoryBudget, arrived: @escaping @Sendable () -> Void
    ) {
        self.vault = vault
        self.registry = registry
        self.journal = journal
        self.spool = spool
        self.current = current
        self.log = log
        self.budget = budget
        self.arrived = arrived
    }

    /// What became of an object that came.
    package struct Received: Sendable, Hashable {
        package enum Form: Sendable, Hashable {
            case good
            /// Kept, and cannot be read as DICOM to its end: the sender hears C000.
            case notUnderstood
            /// Kept, and is of another class or instance than the sender said: it hears A900.
            case mismatched
        }

        package var form: Form
        /// Of the file in the vault.
        package var digest: String
        /// Whether nobody had sent it to us before.
        package var isNew: Bool
        package var sopClass: String
        package var sop: String
        /// Nil where none can be read.
        package var study: String?
    }

    /// Begins to take an object.
    ///
    /// - Parameters:
    ///   - peer: its id.
    ///   - said: what the sender says that it is; nil where the object alone says so.
    /// - Throws: `GatewayError`; `full` when there is no room, before the first byte where that can be known.
    package func begin(from peer: String, said: Said? = nil) throws(GatewayError) -> Incoming {
        try spool.checkRoom()
        let object = try GatewayError.wrapping("an object cannot be taken") { () throws -> IncomingObject in
            try vault.begin()
        }
        let setup = current.setup
        let incoming = Incoming(
            self, object, setup, peer: peer, said: said,
            passing: PassingBytes(
                budget: budget, limit: setup.configuration.quota.memory, folder: spool.temporary))
        if let said {
            let header = FileMeta.bytes(
                sopClass: said.sopClass, sopInstance: said.sop, transferSyntax: said.transferSyntax)
            try incoming.writeHeader(header)
        }
        return incoming
    }

    /// What a sender says of an object before it comes (PS3.7 9.3.1).
    package struct Said: Sendable, Hashable {
        package var sopClass: String
        package var sop: String
        package var transferSyntax: String

        package init(sopClass: String, sop: String, transferSyntax: String) {
            self.sopClass = sopClass
            self.sop = sop
            self.transferSyntax = transferSyntax
        }
    }

    /// - Parameter isStoredAnew: whether the vault did not have it. What came before and was removed with permission since is there
    ///   again then, and is decided again with its study: at once by this, and by the custody log when somebody is killed before.
    func finished(
        _ arrival: Arrival, isStoredAnew: Bool, settling: GatewayConfiguration.Settling.Time
    ) throws(GatewayError) -> Bool {
        let isNew = try journal.add(arrival, settling: settling)
        let isBack = isStoredAnew && !isNew
        if isBack { try journal.raise([arrival.study], at: arrival.time) }
        log.write(
            .stored,
            [
                "peer": .string(arrival.peer), "digest": .string(arrival.digest), "class": .string(arrival.sopClass),
                "bytes": .number(Int(arrival.size)), "study": .string(GatewayLog.mark(of: arrival.study)),
                "new": .bool(isNew), "problem": arrival.problem.map { .string($0) },
            ])
        if isNew || isBack { arrived() }
        return isNew
    }
}

/// One object on its way in. For one task. Dropped before `finish`, nothing is left of it.
package final class Incoming {
    private let receiver: Receiver
    private let object: IncomingObject
    private let setup: Setup
    private let peer: String
    private let said: Receiver.Said?
    private let passing: PassingBytes
    private var size: Int64 = 0

    init(
        _ receiver: Receiver, _ object: IncomingObject, _ setup: Setup, peer: String, said: Receiver.Said?,
        passing: PassingBytes
    ) {
        self.receiver = receiver
        self.object = object
        self.setup = setup
        self.peer = peer
        self.said = said
        self.passing = passing
    }

    fileprivate func writeHeader(_ bytes: [UInt8]) throws(GatewayError) {
        try bytes.withUnsafeBytes { bytes in Result { () throws(GatewayError) in try put(bytes) } }.get()
    }

    /// Takes the next bytes. Throws `full` and `tooLarge`; nothing was acknowledged then.
    package func write(_ bytes: ArraySlice<UInt8>) throws(GatewayError) {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(GatewayError) in try put(bytes) }
        }.get()
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(GatewayError) {
        size += Int64(bytes.count)
        guard size <= setup.configuration.quota.object else {
            throw GatewayError(.tooLarge, "the object is larger than any that is taken")
        }
        try GatewayError.wrapping("an object cannot be written") {
            try object.write(bytes)
            try passing.append(bytes)
        }
    }

    /// Brings it to disk, records it, and writes it into the journal: success may be told when this has returned.
    ///
    /// - Parameter study: of which the sender says that it is; nil where it does not. One of another is not taken: nothing is left of it.
    package func finish(in study: String? = nil) throws(GatewayError) -> Receiver.Received {
        let time = Instant.now
        let read = IncomingReading(passing, said: said)
        if let study, let own = read.study, own != study {
            throw GatewayError(.otherStudy, "the object is of another study than its sender said")
        }
        let received = try GatewayError.wrapping("an object cannot be stored") {
            try Intake(
                vault: receiver.vault, registry: receiver.registry, person: setup.configuration.site.person,
                source: peer
            ).finish(object, read.identity, read.note, at: time)
        }
        let digest = received.stored.digest
        var problem = read.problem
        if case .refused? = received.rejection { problem = "a hold or a retention forbids what this note asks for" }
        // The file that it became says of it what its sender said; where that is what the object says, it is the file that is meant.
        let contentDigest = said != nil && read.form == .good ? digest : read.contentDigest(fallback: digest)
        let arrival = Arrival(
            digest: digest, content: contentDigest, peer: peer, sop: read.sop, sopClass: read.sopClass,
            syntax: read.syntax, study: read.study ?? "!" + digest, size: size, problem: problem, time: time)
        let isNew = try receiver.finished(
            arrival, isStoredAnew: received.stored.isNew, settling: setup.configuration.settling.time(from: peer))
        return Receiver.Received(
            form: read.form, digest: digest, isNew: isNew, sopClass: read.sopClass, sop: read.sop, study: read.study)
    }
}
