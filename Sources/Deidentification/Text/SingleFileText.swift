package import DICOMFile
package import RuleLanguage

/// What identifies in text, as far as one file alone says it: for looking at single files. A run knows more, from all
/// instances of the patient.
package struct SingleFileText: Sendable {
    private let text: RecognizedText

    /// With a profile's words and patterns.
    ///
    /// - Throws: when the profile cannot be used.
    package init(_ file: DICOMFile, _ profile: Profile, in ruleSet: RuleSet) throws(Sequestration) {
        try self.init(
            file, CompiledProfile(profile, lists: ruleSet.lists), TextMeans(profile.settings.text, in: ruleSet))
    }

    /// With nothing but what the file says, of which nothing is kept.
    package init(_ file: DICOMFile) throws(Sequestration) {
        let everything = ProfileStatement(selector: .anything, action: .remove, location: .builtIn)
        let profile = Profile(
            id: "", title: nil, parents: [], ancestors: [], methodCodes: [], statements: [everything],
            burnedInAnnotation: .sequester, location: .builtIn)
        try self.init(file, CompiledProfile(profile), TextMeans())
    }

    private init(_ file: DICOMFile, _ profile: CompiledProfile, _ means: TextMeans) throws(Sequestration) {
        if let fault = means.fault { throw Sequestration(fault) }
        let known = IdentifierGathering(file, profile).identifiers(all: true)
        guard !known.isOverfull else {
            throw Sequestration(
                "too many names and numbers are known of the patient for them to be looked for, or one could not be read"
            )
        }
        text = RecognizedText(TextCleaner(means, KnownText(known, kept: means.kept)))
    }

    package func identifying(in text: String) -> IdentifyingText { self.text.identifying(in: text) }
}
