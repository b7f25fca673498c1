internal import Host
internal import Registry

/// A request that may be answered, with who asks.
struct Exchange: Sendable {
    let console: Console
    let request: ConsoleRequest
    let values: [String: String]
    let time: Instant
    /// Nil on pages for everybody.
    let session: Session?
    /// The secret of the session's cookie.
    let secret: String?

    var registry: Registry { console.registry }

    /// - Throws: where nobody is in, which routes that ask for a permission exclude.
    func person() throws(ConsoleProblem) -> Person {
        guard let session else { throw .notFound }
        return session.person
    }

    /// Somebody with an account of ours: another's account of the same name is not theirs.
    func localPerson() throws(ConsoleProblem) -> Person {
        guard let session, session.isLocal else {
            throw ConsoleProblem(403, "That was not done", "Your account is kept by the identity provider.")
        }
        return session.person
    }

    func may(_ permission: Permission) -> Bool { session?.may(permission) ?? false }

    /// What is known of a study. What was decided of it is read where it is shown: there may be much of it.
    func study(_ uid: String) throws -> StudyRecord { try registry.record(ofStudy: uid) }

    /// A number in the path.
    func number(_ name: String) throws(ConsoleProblem) -> Int64 {
        guard let number = values[name].flatMap({ Int64($0) }), number > 0 else { throw .notFound }
        return number
    }

    /// What must be filled in.
    func field(_ name: String, _ what: String) throws(ConsoleProblem) -> String {
        guard let text = request.form[name] else { throw .invalid("\(what) is missing.") }
        return text
    }

    /// What must be filled in, as the registry takes it: on one line, and not too long.
    ///
    /// - Parameter longest: in bytes.
    func line(_ name: String, _ what: String, longest: Int) throws(ConsoleProblem) -> String {
        let text = try field(name, what)
        guard text.utf8.count <= longest else { throw .invalid("\(what) is too long: \(longest) bytes at most.") }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw .invalid("\(what) has control characters in it: write it on one line.")
        }
        return text
    }

    /// A date, or nothing.
    func date(_ name: String, _ what: String) throws(ConsoleProblem) -> Instant? {
        guard let text = request.form[name] else { return nil }
        guard let date = Instant(text) else { throw .invalid("\(what) is no date such as 2027-06-01.") }
        return date
    }

    /// Goes to a page of ours, which tells what was done.
    func done(_ notice: String, _ path: String) -> ConsoleAnswer {
        if let secret { console.sessions.setNotice(notice, secret) }
        return .redirect(path)
    }
}
