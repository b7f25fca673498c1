import ArgumentParser
import Gatekeeper
import Glibc
import Host
import Inputs
import Registry

/// Which registry, and who acts: the same options on every command that remembers or asks.
struct RegistryOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The folder of the site's registry; else CORDON_REGISTRY names it. Commands that write make it.",
            valueName: "folder"))
    var registry: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("Who acts, as the records will say.", valueName: "name"))
    var person: String?

    /// The registry's folder; nil when none was named.
    var folder: String? { Self.folder(registry) }

    static func folder(_ option: String?) -> String? {
        let folder = option ?? getenv("CORDON_REGISTRY").map { String(cString: $0) }
        // An empty name would be the root.
        return folder.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The registry, where one was named.
    ///
    /// - Parameter making: for commands that write: it is made when it is not there. Else that is an error, and nothing is made.
    func open(making: Bool = false) throws -> Registry? { try Self.open(registry, making: making) }

    static func open(_ option: String?, making: Bool = false) throws -> Registry? {
        guard let folder = folder(option) else { return nil }
        let registry = try asking { try Registry.open(folder, making: making) }
        OpenedRegistry.remember(registry, folder)
        return registry
    }

    /// The registry, which has to be named.
    ///
    /// - Parameter making: as for `open(making:)`.
    func opened(making: Bool = false) throws -> Registry {
        guard let registry = try open(making: making) else {
            throw RunError(.arguments, "no registry is named: give `--registry DIR`, or set CORDON_REGISTRY")
        }
        return registry
    }

    /// Whoever acts; needed where something is recorded.
    func actor() throws(RunError) -> Person {
        guard let name = person else {
            throw RunError(.arguments, "what is done beside a registry is recorded: give `--as NAME`, who you are")
        }
        guard let person = Person(name) else {
            throw RunError(.arguments, "`--as` is a name of 1 to 128 printable characters, without blanks around it")
        }
        return person
    }
}

/// Asks the registry; what it refuses is an error with its reason and a way on.
func asking<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
    do {
        return try body()
    } catch let error as RegistryError {
        throw RunError(error)
    } catch let error as RunError {
        throw error
    } catch {
        throw RunError(.inconsistent, "the registry failed in an unknown way; please report this")
    }
}

extension RunError {
    /// What the caller can do about is a matter of arguments; what the disk does is not.
    init(_ error: RegistryError) {
        switch error.code {
        case .forbidden, .anotherPerson, .unknown, .invalid, .conflict, .exposed, .inUse:
            self.init(.arguments, "\(error)")
        case .busy, .full, .storage, .damaged, .newer: self.init(.output, "the registry: \(error)")
        }
    }
}
