public import DICOMFile
public import RuleLanguage

/// Whoever can tell what the digital signatures of a data set come to. The engine asks, once for an instance and only when a
/// rule does; others look. The same file and the same trusted certificates give the same answer.
public protocol SignatureKnowledge: Sendable {
    func signature(of file: DICOMFile) -> Condition.Signature
}

/// What somebody says that signatures come to: in tests of rules and in examples, of which no key signed anything.
package struct StatedSignature: SignatureKnowledge {
    private let state: Condition.Signature
    package init(_ state: Condition.Signature) { self.state = state }
    package func signature(of file: DICOMFile) -> Condition.Signature { state }
}
