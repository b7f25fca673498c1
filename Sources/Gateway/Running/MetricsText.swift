/// Metrics in the text format of Prometheus (version 0.0.4). Names and labels are ours; nothing of a patient is among them.
package struct MetricsText: Sendable {
    package enum Kind: String, Sendable { case counter, gauge }

    package typealias Sample = (labels: [String: String], value: Double)

    package static let type = "text/plain; version=0.0.4; charset=utf-8"

    private var lines: [String] = []

    package init() {}

    /// One family: its samples, each with labels by name.
    package mutating func add(
        _ name: String, _ kind: Kind, help: String, _ samples: [Sample]
    ) {
        guard !samples.isEmpty else { return }
        lines.append("# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))")
        lines.append("# TYPE \(name) \(kind.rawValue)")
        for sample in samples {
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
            let value =
                sample.value == sample.value.rounded() && abs(sample.value) < 1e15
                ? String(Int64(sample.value)) : String(sample.value)
            lines.append(name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " " + value)
        }
    }

    package mutating func add(_ name: String, _ kind: Kind, help: String, _ value: Double) {
        add(name, kind, help: help, [([:], value)])
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }
}
