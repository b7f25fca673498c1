import Host

/// What a vault is, for ever: it is written once when the vault is made.
struct VaultHeader: Equatable {
    static let title = "cordon vault 1"

    /// 32 hexadecimal digits, at random: envelopes and places are of this vault and no other.
    let id: String
    let mode: Vault.Mode
    /// The id of the key that names objects; nil in a vault that does not encrypt.
    let namingKey: String?

    init(mode: Vault.Mode, namingKey: String?) {
        var random = SystemRandomNumberGenerator()
        id = hexadecimalDigits(random.bytes(16))
        self.mode = mode
        self.namingKey = namingKey
    }

    /// Nil when it is damaged.
    init?(_ bytes: [UInt8]) {
        guard let text = CheckedText(bytes, title: Self.title), let id = text["id"],
            let mode = text["mode"].flatMap(Vault.Mode.init(rawValue:))
        else { return nil }
        self.id = id
        self.mode = mode
        namingKey = text["names"]
    }

    var text: CheckedText {
        CheckedText(
            title: Self.title,
            lines: [.init("id", id), .init("mode", mode.rawValue)] + (namingKey.map { [.init("names", $0)] } ?? []))
    }
}
