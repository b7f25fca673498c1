import Crypto
import CustodyLog
import Host
import Testing

@Suite struct EventLeafTests {
    let event = CustodyEvent(
        .held, time: Instant(milliseconds: 1_795_487_501_250), actor: "Dr. Ada\\Lovelace",
        facts: [.init("matter", "Roe v. Hospital"), .init("two lines", "a\nb \\ c"), .init("digest", "")],
        personal: [.init("PatientID", "4711"), .init("PatientName", "Roe^Jane")])

    @Test func `the bytes are those of the page`() throws {
        let (leaf, openings) = try EventLeaf.make(of: event)
        let digits = leaf.commitments.map {
            $0.hash.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(
            String(decoding: leaf.bytes, as: UTF8.self) == """
                cordon-leaf/1
                kind held
                time 2026-11-24T02:31:41.250Z
                actor Dr. Ada\\\\Lovelace
                fact matter Roe v. Hospital
                fact two\\slines a\\nb \\\\ c
                fact digest \("")
                personal PatientID \(digits[0])
                personal PatientName \(digits[1])

                """)
        #expect(openings.count == 2)
    }

    @Test func `a leaf reads back as it was written`() throws {
        let (leaf, _) = try EventLeaf.make(of: event)
        let read = try EventLeaf(bytes: leaf.bytes)
        #expect(read == leaf)
        #expect(read.kind == .held)
        #expect(read.time == event.time)
        #expect(read.actor == event.actor)
        #expect(read.facts == event.facts)
        for kind in CustodyEvent.Kind.allCases {
            let leaf = try EventLeaf.make(of: CustodyEvent(kind, time: event.time, actor: "")).leaf
            #expect(try EventLeaf(bytes: leaf.bytes).kind == kind)
        }
    }

    @Test func `commitments are HMAC-SHA256 of name, NUL and value, and open with their own opening alone`() throws {
        let (leaf, openings) = try EventLeaf.make(of: event)
        for (place, opening) in openings.enumerated() {
            #expect(opening.salt.count == 32)
            let message = Array(opening.name.utf8) + [0] + Array(opening.value.utf8)
            let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: opening.salt))
            #expect(Array(code) == leaf.commitments[place].hash.bytes)
            #expect(opening.opens(leaf.commitments[place]))
            #expect(!opening.opens(leaf.commitments[1 - place]))
            for bit in 0..<256 {
                var other = opening
                other.salt[bit / 8] ^= 1 << (bit % 8)
                #expect(!other.opens(leaf.commitments[place]))
            }
            var longer = opening
            longer.value += " "
            #expect(!longer.opens(leaf.commitments[place]))
        }
    }

    @Test func `the same event twice has other salts, and nothing personal stands in the leaf`() throws {
        let first = try EventLeaf.make(of: event)
        let second = try EventLeaf.make(of: event)
        #expect(Set((first.openings + second.openings).map(\.salt)).count == 4)
        #expect(first.leaf.commitments != second.leaf.commitments)
        let text = String(decoding: first.leaf.bytes, as: UTF8.self)
        #expect(!text.contains("4711"))
        #expect(!text.contains("Roe^Jane"))
    }

    @Test func `events that differ in anything have leaves that differ`() throws {
        func fact(_ name: String, _ value: String) throws -> [UInt8] {
            let event = CustodyEvent(.viewed, time: event.time, actor: "a", facts: [.init(name, value)])
            return try EventLeaf.make(of: event).leaf.bytes
        }
        let pairs = [
            ("a", "b c"), ("a b", "c"), ("a\\sb", "c"), ("a", "b\nc"), ("a", "b\\nc"), ("a", "b\\\nc"),
            ("a", "b\\\\nc"),
            ("a", "b\nfact d e"), ("a", "\u{e9}"), ("a", "e\u{301}"), ("a", "b\r"), ("a", "b"),
        ]
        #expect(try Set(pairs.map { try fact($0.0, $0.1) }).count == pairs.count)
    }

    @Test func `an event that could not be read again is refused`() {
        let past = Instant(milliseconds: .min)
        let future = Instant(milliseconds: 400_000_000_000_000)
        for time in [past, future] {
            #expect(throws: LogError.self) { try EventLeaf.make(of: CustodyEvent(.viewed, time: time, actor: "a")) }
        }
        let nameless = CustodyEvent(.viewed, time: event.time, actor: "a", facts: [.init("", "b")])
        #expect(throws: LogError.self) { try EventLeaf.make(of: nameless) }
        let large = CustodyEvent(
            .viewed, time: event.time, actor: "a",
            facts: [.init("a", String(repeating: "x", count: EventLeaf.largestSize))])
        #expect(throws: LogError.self) { try EventLeaf.make(of: large) }
    }

    @Test func `every change of one bit of a leaf gives another hash, and never a crash`() throws {
        let (leaf, _) = try EventLeaf.make(of: event)
        for bit in 0..<leaf.bytes.count * 8 {
            var bytes = leaf.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(LogHash.leaf(bytes) != leaf.hash)
            if let other = try? EventLeaf(bytes: bytes) { #expect(other.bytes == bytes) }
        }
    }

    @Test func `every beginning of a leaf is read as it stands or refused with a line`() throws {
        let (leaf, _) = try EventLeaf.make(of: event)
        for count in 0..<leaf.bytes.count {
            let bytes = Array(leaf.bytes.prefix(count))
            do throws(LogError) {
                let read = try EventLeaf(bytes: bytes)
                #expect(read.bytes == bytes)
            } catch {
                #expect(error.code == .leaf)
                #expect(!error.message.contains("Roe"))
            }
        }
    }

    @Test func `a kind of a later version is read, and known as unknown`() throws {
        let bytes = Array("cordon-leaf/1\nkind teleported\ntime 2026-11-24T02:31:41.250Z\nactor a\n".utf8)
        let leaf = try EventLeaf(bytes: bytes)
        #expect(leaf.kind == nil)
        #expect(leaf.kindName == "teleported")
    }

    @Test(arguments: [
        "", "\n", "cordon-leaf/2\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\n", "cordon-leaf/1\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41Z\nactor a\n",
        "cordon-leaf/1\nkind held\ntime yesterday\nactor a\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\n\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor \\x\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\nfact b\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\nfact  b\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\npersonal b 00\n",
        "cordon-leaf/1\nkind held\ntime 2026-11-24T02:31:41.250Z\nactor a\nother b c\n",
    ])
    func `what is no leaf is refused`(text: String) {
        #expect(throws: LogError.self) { try EventLeaf(bytes: Array(text.utf8)) }
    }
}
