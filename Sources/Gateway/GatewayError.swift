internal import GRDB
internal import Host
internal import Inputs
internal import Registry
internal import Vault

/// Why the gateway did not do something: what, and what to do. Never patient data.
package struct GatewayError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// There is no room: by a quota or on the device. A sender hears A700 and keeps what it has.
        case full
        /// A file or the database cannot be read or written.
        case storage
        /// Another service works with the spool.
        case inUse = "in-use"
        /// It cannot be meant.
        case arguments
        /// An object is larger than any that is taken.
        case tooLarge = "too-large"
        /// An object is of another study than its sender said.
        case otherStudy = "other-study"
        /// The registry or the vault refused.
        case site
    }

    package var code: Code
    /// Lower case, no full stop.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Gives an error of what is below our words. SQLite's own may quote a value.
    init(_ error: any Error, _ what: String) {
        switch error {
        case let error as GatewayError: self = error
        case let error as DatabaseError:
            let isFull = error.resultCode == .SQLITE_FULL
            self.init(isFull ? .full : .storage, "\(what): SQLite says \(error.extendedResultCode.rawValue)")
        case let error as SystemError:
            self.init([28, 122].contains(error.code) ? .full : .storage, "\(what): \(error) (\(error.call))")
        case let error as VaultError:
            self.init(error.code == .full ? .full : .site, "the vault: \(error.message)")
        case let error as RegistryError:
            self.init(error.code == .full ? .full : .site, "the registry: \(error)")
        case let error as RunError: self.init(.site, error.message)
        default: self.init(.storage, "\(what): an error of an unknown kind; please report this")
        }
    }

    static func wrapping<Result>(_ what: String, _ work: () throws -> Result) throws(GatewayError) -> Result {
        do { return try work() } catch { throw GatewayError(error, what) }
    }
}
