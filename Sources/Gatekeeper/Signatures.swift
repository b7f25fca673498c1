public import DICOMFile
public import DigitalSignatures
public import RuleEngine
public import RuleLanguage

extension SignatureVerifier: SignatureKnowledge {
    /// What rules ask with `<signature state="..."/>`.
    public func signature(of file: DICOMFile) -> Condition.Signature {
        switch findings(of: file).state {
        case .valid?: .valid
        case .invalid?: .invalid
        case .unverifiable?: .unverifiable
        case nil: Condition.Signature.none
        }
    }
}
