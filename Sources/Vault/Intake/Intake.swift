import DICOMFile
import Glibc
public import Host
package import Inputs
public import Registry
import DICOMEncoding

/// Takes what comes: the bytes into the vault, then who and what it is into the registry, then success (P1). What is no
/// DICOM, or cannot be read, is kept and recorded like the rest.
public struct Intake: Sendable {
    public let vault: Vault
    public let registry: Registry
    /// Who acts.
    public var person: Person
    /// Where it comes from: an AE title, an address. Never a path.
    public var source: String

    public init(vault: Vault, registry: Registry, person: Person, source: String) {
        self.vault = vault
        self.registry = registry
        self.person = person
        self.source = source
    }

    /// What became of one input.
    public struct Received: Hashable, Sendable {
        public var stored: StoredObject
        /// Whether the registry had never seen these bytes.
        public var isNew: Bool
        package var form: InstanceIdentity.Form
        public var rejection: Rejection?
    }

    /// What became of a rejection note.
    public enum Rejection: Hashable, Sendable {
        /// The instances that it names are rejected; so many of them, of so many.
        case accepted(code: String, known: Int, named: Int)
        /// A hold or a retention forbids it. The note itself is kept.
        case refused(code: String, RegistryError)
        /// It names nothing that was ever received. The note itself is kept.
        case unknown(code: String, named: Int)
    }

    package enum InputError: Error {
        case refused(Refusal)
    }

    /// Takes an input. Throws `VaultError`, `RegistryError`, and `InputError` for what could not be read: nothing was
    /// acknowledged then, and the same input can be given again.
    package func receive(_ input: OpenedInput, at time: Instant) throws -> Received {
        let incoming = try vault.begin(expecting: Int64(input.size))
        do {
            try input.forEachPiece { try incoming.write($0) }
        } catch let error as SystemError {
            throw InputError.refused(Refusal(reason: .cannotRead, code: error.code))
        }
        let (identity, note) = Self.identity(of: input)
        // Small inputs are in memory; what is read twice must have stayed the same.
        guard input.isUnchanged else { throw InputError.refused(Refusal(reason: .changed)) }
        return try finish(incoming, identity, note, at: time)
    }

    /// The last steps, for whoever has written the bytes himself: durable, recorded, confirmed.
    package func finish(
        _ incoming: IncomingObject, _ identity: InstanceIdentity, _ note: RejectionNote?, at time: Instant
    ) throws -> Received {
        let stored = try incoming.store()
        let instance = Instance(
            digest: stored.digest, size: stored.size, attributes: identity.attributes,
            unreadable: identity.unreadable, received: time, source: source)
        let receipt = try registry.receive(instance, by: person)
        try incoming.confirm()
        var received = Received(stored: stored, isNew: receipt.isNew, form: identity.form)
        if let note { received.rejection = try reject(note, at: time) }
        return received
    }

    /// The note has been kept; what it asks for, the registry decides (P6).
    private func reject(_ note: RejectionNote, at time: Instant) throws -> Rejection {
        let known = try note.instances.filter { try !registry.instances(sopInstanceUID: $0).isEmpty }
        guard !known.isEmpty else { return .unknown(code: note.code, named: note.instances.count) }
        do {
            try registry.perform(
                .acceptRejection(note.code), on: .instances(known), by: person,
                reason: "a rejection note titled (\(note.code), DCM) was received", at: time)
            return .accepted(code: note.code, known: known.count, named: note.instances.count)
        } catch let error as RegistryError where error.code == .forbidden {
            return .refused(code: note.code, error)
        }
    }

    /// Records what was stored by somebody who died before he could: he told nobody, and nothing is ever discarded. To be
    /// called at the start; costs nothing when there is nothing. A rejection note is obeyed when it is sent again.
    public static func recordUnconfirmed(_ vault: Vault, _ registry: Registry, at time: Instant) throws {
        func isKept(_ digest: String) throws -> Bool { try registry.state(of: digest) == .kept }
        try vault.forEachUnconfirmed(isKept: isKept) { digest in
            guard let person = Person("cordon") else { return }
            let original = try vault.original(digest)
            let size = Int(try original.status().st_size)
            let input = OpenedInput(
                origin: original, fingerprint: Fingerprint(try original.status()), size: size, content: .file(original),
                scratch: Scratch.folder)
            let identity = identity(of: input).0
            let instance = Instance(
                digest: digest, size: Int64(size), attributes: identity.attributes, unreadable: identity.unreadable,
                received: time, source: "stored and not confirmed")
            try registry.receive(instance, by: person)
        }
    }

    package static func identity(of input: OpenedInput) -> (InstanceIdentity, RejectionNote?) {
        do throws(ParseError) {
            let file = try input.file()
            return (InstanceIdentity(file), RejectionNote(file))
        } catch {
            let form: InstanceIdentity.Form = error.code == .notDICOM ? .notDICOM : .damaged
            return (InstanceIdentity(form: form, beginning: form == .damaged ? input.beginning() : nil), nil)
        }
    }
}
