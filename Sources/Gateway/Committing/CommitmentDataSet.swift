internal import DICOMCore
internal import DICOMEncoding
internal import DICOMFile
internal import DICOMNetwork

/// The data sets of storage commitment (PS3.4 J.3): who asks names instances, who answers says which of them it has.
struct CommitmentDataSet: Sendable, Hashable {
    var transactionUID: String
    var instances: [OwedCommitment.Instance] = []
    /// With Failure Reason (0008,1197).
    var failed: [(instance: OwedCommitment.Instance, reason: UInt16)] = []

    /// More than any study has (P9).
    static let mostInstances = 50_000

    static func == (left: CommitmentDataSet, right: CommitmentDataSet) -> Bool {
        left.transactionUID == right.transactionUID && left.instances == right.instances
            && left.failed.map(\.instance) == right.failed.map(\.instance)
            && left.failed.map(\.reason) == right.failed.map(\.reason)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(transactionUID)
        hasher.combine(instances)
    }

    init(transactionUID: String) { self.transactionUID = transactionUID }

    /// Nil for what is none: no transaction, a reference without its two UIDs, more than there can be.
    init?(_ information: EncodedDataSet) {
        let header = FileMeta.bytes(
            sopClass: ServiceClasses.storageCommitment, sopInstance: ServiceClasses.storageCommitmentInstance,
            transferSyntax: information.transferSyntax)
        guard let file = try? DICOMFile(bytes: header + information.bytes),
            let transaction = file.text(Self.transaction),
            Self.isUID(transaction)
        else { return nil }
        transactionUID = transaction
        let index = file.dataSet
        func text(_ tag: Tag, _ item: DataSetIndex.NodeID) -> String? {
            index.child(tag, of: item).flatMap { try? file.values(of: $0).first }
        }
        func items(_ tag: Tag) -> [DataSetIndex.NodeID] { index.child(tag).map { index.children(of: $0) } ?? [] }
        func instance(_ item: DataSetIndex.NodeID) -> OwedCommitment.Instance? {
            guard let sopClass = text(Self.referencedClass, item), let sop = text(Self.referencedInstance, item),
                Self.isUID(sopClass), Self.isUID(sop)
            else { return nil }
            return OwedCommitment.Instance(sopClass: sopClass, sop: sop)
        }
        let references = items(Self.references), failures = items(Self.failures)
        guard references.count + failures.count <= Self.mostInstances else { return nil }
        for item in references {
            guard let found = instance(item) else { return nil }
            instances.append(found)
        }
        for item in failures {
            guard let found = instance(item) else { return nil }
            failed.append((found, text(Self.reason, item).flatMap { UInt16($0) } ?? 0x0110))
        }
    }

    /// PS3.5 9.1: digits and full stops, 64 at most.
    private static func isUID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
    }

    /// - Parameter syntax: UID of an uncompressed transfer syntax.
    func encoded(as syntax: String) throws -> EncodedDataSet {
        func item(_ instance: OwedCommitment.Instance) -> [NewElement] {
            [
                NewElement(tag: Self.referencedClass, vr: .UI, text: instance.sopClass),
                NewElement(tag: Self.referencedInstance, vr: .UI, text: instance.sop),
            ]
        }
        var elements = [NewElement(tag: Self.transaction, vr: .UI, text: transactionUID)]
        if !failed.isEmpty {
            elements.append(
                NewElement(
                    tag: Self.failures, vr: .SQ,
                    value: .items(
                        failed.map { failure in
                            let bytes = [UInt8(truncatingIfNeeded: failure.reason), UInt8(failure.reason >> 8)]
                            return item(failure.instance)
                                + [NewElement(tag: Self.reason, vr: .US, value: .bytes(bytes))]
                        })))
        }
        if !instances.isEmpty {
            elements.append(NewElement(tag: Self.references, vr: .SQ, value: .items(instances.map(item))))
        }
        let encoding = TransferSyntax(uid: syntax).encoding
        return EncodedDataSet(transferSyntax: syntax, bytes: try NewElement.dataSet(elements, as: encoding))
    }

    private static let transaction = Tag(0x0008, 0x1195)
    private static let references = Tag(0x0008, 0x1199)
    private static let failures = Tag(0x0008, 0x1198)
    private static let referencedClass = Tag(0x0008, 0x1150)
    private static let referencedInstance = Tag(0x0008, 0x1155)
    private static let reason = Tag(0x0008, 0x1197)
}
