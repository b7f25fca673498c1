import ArgumentParser
import CustodyLog
import Inputs
import Registry
import Transport

struct LogStamp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stamp",
        abstract: "Has a checkpoint stamped by a time stamping authority (RFC 3161).",
        discussion: """
            Over the network with `--authority URL`; or in two steps, where the machine has none: `--request FILE` writes what \
            to ask, `--response FILE` takes what was answered. A stamp is kept only when it holds.

            Example: cordon log stamp --authority https://tsa.example/ --authorities tsa-ca.pem --registry /srv/cordon
            """)

    @Option(name: .long, help: ArgumentHelp("The authority's address, http or https.", valueName: "url"))
    var authority: String?

    @Option(name: .long, help: ArgumentHelp("Certificates (PEM) of authorities whose stamps count.", valueName: "file"))
    var authorities: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Certificates (PEM) for https; else those of the system.", valueName: "file"))
    var tlsAuthorities: String?

    @Option(name: .long, help: ArgumentHelp("Write the request to a new file.", valueName: "file"))
    var request: String?

    @Option(name: .long, help: ArgumentHelp("Take the response from a file.", valueName: "file"))
    var response: String?

    @Option(name: .long, help: ArgumentHelp("The checkpoint of this size; the last one.", valueName: "leaves"))
    var size: Int?

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    mutating func validate() throws {
        guard [authority, request, response].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --authority, --request and --response")
        }
        guard request != nil || authorities != nil else {
            throw ValidationError("say whose stamps count: --authorities FILE")
        }
    }

    func run() throws {
        let (_, folder) = try site.log()
        let size = try proving { try self.size ?? folder.sizes().last }
        guard let size, let content = try proving({ try folder.signedCheckpoint(size: size) }) else {
            throw RunError(.arguments, "there is no such checkpoint; sign one with: cordon log checkpoint")
        }
        if let request {
            try NamedFile.create(try proving { try TimeStamp.Request(of: content).bytes }, request)
            return
        }
        let trusted = try NamedFile.contents(authorities ?? "", "file of certificates")
        let stamp = try proving {
            let answer: [UInt8]
            let stamp: TimeStamp
            if let authority {
                let request = try TimeStamp.Request(of: content)
                answer = try request.send(to: authority, tls: TLSSettings(authorities: tlsAuthorities))
                stamp = try request.verify(answer, authorities: trusted)
            } else {
                answer = try NamedFile.contents(response ?? "", "response")
                stamp = try TimeStamp.verify(answer, of: content, authorities: trusted)
            }
            try folder.add(timeStamp: answer, size: size)
            return stamp
        }
        StandardOutput.print("the checkpoint of \(size) was there at \(stamp.time), says \(stamp.authority.printable)")
    }
}
