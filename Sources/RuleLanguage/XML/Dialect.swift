/// A language of ours: what its files begin with, and the schema that they are held against. Rule sets are written in one,
/// their tests in another.
package struct Dialect: Sendable {
    /// The element that a file begins with, and its type in the schema.
    package let root: String
    package let namespace: String
    /// What a file of it is called in findings: `a rule file`.
    let kind: String
    let reader: XMLReader
    package let grammar: Grammar

    /// - Parameter schema: XSD 1.0, written as regularly as `Schemas/rules.xsd`.
    package init(root: String, namespace: String, kind: String, schema: [UInt8]) {
        self.root = root
        self.namespace = namespace
        self.kind = kind
        reader = XMLReader(schema: schema)
        grammar = Grammar(schema: schema)
    }

    package static let rules = Dialect(
        root: "ruleset", namespace: "urn:cordon:rules:1", kind: "a rule file", schema: PackageResources.rules_xsd)
}
