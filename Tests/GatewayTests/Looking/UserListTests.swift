import Testing

@testable import Gateway

/// Passcodes of user identities.
struct UserListTests {
    /// `open sesame`, as mkpasswd (yescrypt), openssl (SHA-512, SHA-256) and htpasswd (bcrypt) write it.
    private static func hash(_ arguments: [String]) async throws -> String {
        try await run(["openssl", "passwd"] + arguments + ["open sesame"]).output.split(separator: "\n").last
            .map(String.init) ?? ""
    }

    @Test(arguments: ["-6", "-5"]) func `a passcode is its user's and nobody else's`(method: String) async throws {
        let list = try UserList(
            text: "# people\r\nanna:\(try await Self.hash([method]))\r\n\nberta:$6$salt$nonsense:1:2:3\n")
        #expect(list.proves("anna", Array("open sesame".utf8)))
        for wrong in ["", "open", "open sesame ", "open sesame\0", String(repeating: "x", count: 600)] {
            #expect(!list.proves("anna", Array(wrong.utf8)))
        }
        for name in ["", "Anna", "berta", "carla", "anna\0"] { #expect(!list.proves(name, Array("open sesame".utf8))) }
        // A hash is no passcode.
        #expect(!list.proves("berta", Array("$6$salt$nonsense".utf8)))
    }

    @Test func `an empty list proves nobody`() throws {
        #expect(try !UserList(text: "\n# nobody\n").proves("", []))
    }

    @Test(arguments: [
        "anna", ":$6$a$b", "anna:plain", "anna:", "anna:abJnggxhB/yWI", "anna:$1$salt$hash",
        "anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "anna:$6$a$b\nanna:$6$a$c",
    ])
    func `what is no list of strong hashes is refused, with its line`(text: String) throws {
        let error = #expect(throws: GatewayError.self) { try UserList(text: "# people\n" + text) }
        #expect(error?.message.contains("line ") == true)
        #expect(error?.message.contains("anna") == false)
    }
}
