package import RuleLanguage

extension Dialect {
    /// The language in which tests of rule sets are written.
    package static let tests = Dialect(
        root: "tests", namespace: "urn:cordon:rule-tests:1", kind: "a file of tests",
        schema: PackageResources.rule_tests_xsd)
}
