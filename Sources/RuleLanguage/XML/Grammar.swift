/// The shape of the language, read from the schema itself, so that a finding can say what was expected and which word was
/// probably meant. There is no second copy of it to go stale.
package struct Grammar: Sendable {
    package struct ComplexType: Sendable {
        /// Child element → its type.
        package var children: [String: String] = [:]
        /// In the order of the schema.
        var childNames: [String] = []
        package var attributes: [Attribute] = []
        /// Whether further attributes are keywords of PS3.6, which begin with a capital: who reads the file checks them.
        var takesKeywords = false
    }

    package struct Attribute: Sendable {
        package var name: String
        package var type: String
        var isRequired: Bool
        /// As the schema documents it.
        var documentation: String
    }

    struct SimpleType: Sendable {
        /// Of an enumeration.
        var values: [String] = []
        /// As the schema documents it.
        var documentation = ""
    }

    private(set) var complexTypes: [String: ComplexType] = [:]
    private(set) var simpleTypes: [String: SimpleType] = [:]

    static var rules: Grammar { Dialect.rules.grammar }

    init(schema: [UInt8]) {
        let nodes = XMLReader(schema: nil).read(schema).nodes
        guard let root = nodes.first else { return }
        var definitions: [String: XMLReader.Node] = [:]
        for child in root.children {
            guard let name = Self.attribute("name", of: nodes[child]) else { continue }
            definitions["\(nodes[child].name) \(name)"] = nodes[child]
        }
        for (key, node) in definitions {
            let name = String(key.drop { $0 != " " }.dropFirst())
            switch node.name {
            case "complexType": complexTypes[name] = Self.complexType(node, nodes, definitions)
            case "simpleType": simpleTypes[name] = Self.simpleType(node, nodes)
            default: break
            }
        }
    }

    package func type(_ name: String?) -> ComplexType? { name.flatMap { complexTypes[$0] } }

    private static func complexType(
        _ node: XMLReader.Node, _ nodes: [XMLReader.Node], _ definitions: [String: XMLReader.Node]
    ) -> ComplexType {
        var type = ComplexType()
        var pending = Array(node.children.reversed())
        while let index = pending.popLast() {
            let node = nodes[index]
            switch node.name {
            case "element":
                guard let name = attribute("name", of: node) else { break }
                type.children[name] = local(attribute("type", of: node))
                type.childNames.append(name)
            case "attribute":
                guard let name = attribute("name", of: node) else { break }
                type.attributes.append(
                    Attribute(
                        name: name, type: local(attribute("type", of: node)),
                        isRequired: attribute("use", of: node) == "required",
                        documentation: documentation(of: node, nodes)))
            case "anyAttribute": type.takesKeywords = true
            case "group", "attributeGroup":
                let definition = definitions["\(node.name) \(local(attribute("ref", of: node)))"]
                pending.append(contentsOf: (definition?.children ?? []).reversed())
            case "annotation": break
            default: pending.append(contentsOf: node.children.reversed())
            }
        }
        return type
    }

    private static func simpleType(_ node: XMLReader.Node, _ nodes: [XMLReader.Node]) -> SimpleType {
        var type = SimpleType(documentation: documentation(of: node, nodes))
        var pending = Array(node.children.reversed())
        while let index = pending.popLast() {
            let node = nodes[index]
            if node.name == "enumeration", let value = attribute("value", of: node) { type.values.append(value) }
            pending.append(contentsOf: node.children.reversed())
        }
        return type
    }

    private static func documentation(of node: XMLReader.Node, _ nodes: [XMLReader.Node]) -> String {
        for child in node.children where nodes[child].name == "annotation" {
            for text in nodes[child].children where nodes[text].name == "documentation" {
                return nodes[text].text.split { $0.isWhitespace }.joined(separator: " ")
            }
        }
        return ""
    }

    private static func attribute(_ name: String, of node: XMLReader.Node) -> String? {
        node.attributes.first { $0.name == name }?.value
    }

    private static func local(_ name: String?) -> String {
        guard let name else { return "" }
        return name.split(separator: ":").last.map(String.init) ?? name
    }
}
