import DICOMNetwork
import Testing

@testable import Gateway

/// Passcodes of user identities.
struct UserListTests {
    /// Whole, and of no passcode that anybody knows.
    private static let nobodys = "$6$salt$" + String(repeating: "x", count: 86)

    /// `open sesame`, as mkpasswd (yescrypt), openssl (SHA-512, SHA-256) and htpasswd (bcrypt) write it.
    private static func hash(_ arguments: [String]) async throws -> String {
        try await run(["openssl", "passwd"] + arguments + ["open sesame"]).output.split(separator: "\n").last
            .map(String.init) ?? ""
    }

    @Test(arguments: ["-6", "-5"]) func `a passcode is its user's and nobody else's`(method: String) async throws {
        let list = try UserList(
            text: "# people\r\nanna:\(try await Self.hash([method]))\r\n\nberta:\(Self.nobodys):1:2:3\n")
        #expect(await list.proves("anna", Array("open sesame".utf8)))
        for wrong in ["", "open", "open sesame ", "open sesame\0", String(repeating: "x", count: 600)] {
            #expect(await !list.proves("anna", Array(wrong.utf8)))
        }
        for name in ["", "Anna", "berta", "carla", "anna\0"] {
            #expect(await !list.proves(name, Array("open sesame".utf8)))
        }
        // A hash is no passcode.
        #expect(await !list.proves("berta", Array(Self.nobodys.utf8)))
    }

    @Test func `an empty list proves nobody`() throws {
        let list = try UserList(text: "\n# nobody\n")
        #expect(!list.isPasscode([], of: ""))
    }

    @Test(arguments: [
        "anna", ":$6$a$b", "anna:plain", "anna:", "anna:abJnggxhB/yWI", "anna:$1$salt$hash",
        "anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "anna:$6$salt$\(String(repeating: "x", count: 86))\nanna:$6$salt$\(String(repeating: "y", count: 86))",
        // Cut short, and with what no hash has.
        "anna:$6$a$b", "anna:$6$salt$\(String(repeating: "x", count: 85))",
        "anna:$6$salt$\(String(repeating: "x", count: 85))ä", "anna:$2b$12$\(String(repeating: "x", count: 31))",
    ])
    func `what is no list of strong hashes is refused, with its line`(text: String) throws {
        let error = #expect(throws: GatewayError.self) { try UserList(text: "# people\n" + text) }
        #expect(error?.message.contains("line ") == true)
        #expect(error?.message.contains("anna") == false)
    }

    @Test func `of a passcode longer than bcrypt reads, the beginning proves nobody`() throws {
        // Made with the method itself, at its least cost: whatever stands behind 72 bytes makes no difference to it.
        let passcode = [UInt8](repeating: UInt8(ascii: "a"), count: 72)
        let hash = try #require(UserList.hash(passcode, "$2y$04$" + "abcdefghijklmnopqrstuu"))
        let list = try UserList(text: "anna:\(hash)\n")
        #expect(list.isPasscode(passcode, of: "anna"))
        #expect(!list.isPasscode(passcode + [UInt8(ascii: "b")], of: "anna"))
    }

    @Test func `what was proved is good for as long as the list has the same hash`() async throws {
        let hash = try await Self.hash(["-6"])
        let identity = UserIdentity(
            .usernameAndPasscode, primary: Array("anna".utf8), secondary: Array("open sesame".utf8))
        let before = IdentityCheck(users: try UserList(text: "anna:\(hash)\n"))
        let evidence = try await before.evidence(of: identity)
        #expect(before.holds(evidence))
        let more = IdentityCheck(users: try UserList(text: "berta:\(Self.nobodys)\nanna:\(hash)"))
        #expect(more.holds(evidence))
        for text in ["", "anna:\(Self.nobodys)", "berta:\(hash)"] {
            let other = IdentityCheck(users: try UserList(text: text))
            #expect(!other.holds(evidence))
        }
        let nobody = IdentityCheck()
        #expect(!nobody.holds(evidence))
        let nothing = try await before.evidence(of: nil)
        #expect(nobody.holds(nothing))
    }

    @Test func `a list that is no UTF-8 is refused`() throws {
        let folder = try WorkFolder()
        let path = try folder.write("users", Array("ann".utf8) + [0xE4] + Array(":\(Self.nobodys)".utf8))
        #expect(throws: GatewayError.self) { try UserList(path: path) }
    }
}
