import Foundation
import NIOCore
import NIOSSL
import Synchronization
import Testing
import TestSupport

@testable import HealthLevelSeven

@Suite struct ListenerTests {
    @Test func `each message is answered with its control ID, after it was taken`() async throws {
        let inbox = Inbox()
        try await withListener(inbox) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            for number in 1...20 {
                let answer = try await client.send(message(Sample.update("V", id: "M-\(number)")))
                #expect(Acknowledgement.answered(by: answer) == "M-\(number)")
                #expect(Acknowledgement(answer) == Acknowledgement(.accept))
                #expect(answer.type == "ACK" && answer.event == "A08")
                #expect(answer.sender.application == "CORDON" && answer.sender.facility == "PACS")
                #expect(inbox.contents.count == number)
            }
            await client.close()
        }
        #expect(inbox.senders.allSatisfy { $0.address == "127.0.0.1" })
    }

    @Test func `what is no message is rejected, and the connection goes on`() async throws {
        let inbox = Inbox()
        try await withListener(inbox) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let answer = try await Message(client.send(block: Array("hello".utf8)))
            #expect(Acknowledgement(answer)?.code == .reject)
            #expect(Acknowledgement(answer)?.errors.first?.code == .segmentSequence)
            let half = try await Message(
                client.send(block: lines("MSH|^~\\&|HIS|H|C|P|2026||ADT^A08|77|P|2.3\nnonsense")))
            #expect(Acknowledgement.answered(by: half) == "77")
            #expect(Acknowledgement(half)?.code == .reject)
            #expect(Acknowledgement(try await client.send(message(Sample.update("V"))))?.code == .accept)
        }
        #expect(inbox.contents.count == 1)
        #expect(inbox.refusals.count == 2)
    }

    @Test func `errors stand in ERR, with place and code, and no value of the message`() async throws {
        let error = MessageError(.requiredField, "PID-3", "no Patient ID | at all")
        try await withListener(Inbox { _ in Acknowledgement(.error, [error]) }) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let answer = try await client.send(message(Sample.update("V")))
            #expect(answer.segments.map(\.name) == ["MSH", "MSA", "ERR"])
            let read = try #require(Acknowledgement(answer))
            #expect(read.code == .error)
            #expect(read.errors.map(\.code) == [.requiredField])
            #expect(read.errors.map(\.place) == ["PID-3"])
            #expect(answer.segments[2][3].text == "101")
        }
    }

    @Test func `in enhanced mode the answer is a commit, and only if it is wanted`() async throws {
        try await withListener(Inbox()) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let commit = try await client.send(message(Sample.admission))
            #expect(commit.segments[1][1].text == "CA")
            let silent = Sample.admission.replacing("||AL|NE|", with: "||NE|NE|").replacing("M-1|", with: "M-9|")
            // Waits for an answer that is not to come; the first client's patience is for a machine that is busy.
            let waiting = try await MLLPClient.connect(host: "127.0.0.1", port: server.port, timeout: .seconds(2))
            await #expect(throws: MLLPClient.Failure.lost) { try await waiting.send(message(silent)) }
        }
    }

    @Test func `a message that is too long is refused before it is whole, and named`() async throws {
        var settings = MLLPSettings()
        settings.limits.bytes = 2000
        let inbox = Inbox()
        try await withListener(inbox, settings: settings) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let endless = [0x0B] + lines(Sample.update("V", id: "LONG")) + Array(repeating: UInt8(0x41), count: 3000)
            let answer = try await Message(client.send(raw: endless))
            #expect(Acknowledgement(answer)?.code == .reject)
            #expect(Acknowledgement.answered(by: answer) == "LONG")
            await #expect(throws: (any Error).self) { try await client.send(message(Sample.update("V"))) }
        }
        #expect(inbox.contents.isEmpty)
    }

    @Test func `a sender that stops within a message is closed, others go on`() async throws {
        var settings = MLLPSettings()
        settings.message = .milliseconds(300)
        try await withListener(Inbox(), settings: settings) { server in
            let slow = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let fast = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let lost = Task { try await slow.send(raw: [0x0B] + Array("MSH|".utf8)) }
            #expect(Acknowledgement(try await fast.send(message(Sample.update("V"))))?.code == .accept)
            await #expect(throws: MLLPClient.Failure.lost) { try await lost.value }
            #expect(Acknowledgement(try await fast.send(message(Sample.update("V"))))?.code == .accept)
        }
    }

    @Test func `a sender that gives a message byte by byte has no more time for it`() async throws {
        var settings = MLLPSettings()
        settings.message = .seconds(1)
        try await withListener(Inbox(), settings: settings) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let isClosed = Mutex(false)
            let first = Task {
                defer { isClosed.withLock { $0 = true } }
                return try await client.send(raw: [0x0B])
            }
            for _ in 0..<6000 where !isClosed.withLock({ $0 }) {
                Task { try? await client.send(raw: [0x41]) }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(isClosed.withLock { $0 })
            await #expect(throws: MLLPClient.Failure.lost) { try await first.value }
        }
    }

    @Test func `one connection too many is closed, and so is who is not expected`() async throws {
        var settings = MLLPSettings()
        settings.connections = 1
        try await withListener(Inbox(), settings: settings) { server in
            let first = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            _ = try await first.send(message(Sample.update("V")))
            await #expect(throws: (any Error).self) {
                let second = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
                _ = try await second.send(message(Sample.update("V")))
            }
            _ = try await first.send(message(Sample.update("V")))
        }
        settings.isWelcome = { _ in false }
        try await withListener(Inbox(), settings: settings) { server in
            await #expect(throws: (any Error).self) {
                let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
                _ = try await client.send(message(Sample.update("V")))
            }
        }
    }

    @Test func `thirty connections are served at once, each in its order`() async throws {
        let inbox = Inbox()
        try await withListener(inbox) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<30 {
                    group.addTask {
                        let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
                        for number in 0..<5 {
                            let answer = try await client.send(message(Sample.update("V", id: "\(sender)-\(number)")))
                            #expect(Acknowledgement.answered(by: answer) == "\(sender)-\(number)")
                        }
                        await client.close()
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(inbox.contents.count == 150)
    }

    @Test func `what is sent ahead is taken in order`() async throws {
        let inbox = Inbox()
        try await withListener(inbox) { server in
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
            let both = ["A", "B"].flatMap { BlockFramer.framed(lines(Sample.update("V", id: $0))) }
            let first = try await Message(client.send(raw: both))
            #expect(Acknowledgement.answered(by: first) == "A")
            while inbox.contents.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(try inbox.contents.map { try Message($0).controlID } == ["A", "B"])
    }

    @Test func `a listener that stops answers what it has begun`() async throws {
        let begun = Mutex(false)
        let inbox = Inbox { _ in
            begun.withLock { $0 = true }
            Thread.sleep(forTimeInterval: 0.3)
            return Acknowledgement(.accept)
        }
        let server = try await MLLPServer.start(host: "127.0.0.1", port: 0, receiver: inbox)
        let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
        let answer = Task { try await client.send(message(Sample.update("V"))) }
        while !begun.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        await server.stop()
        let received = try await answer.value
        #expect(Acknowledgement(received)?.code == .accept)
        #expect(server.connectionCount == 0)
    }

    @Test func `TLS with a client's certificate, and nobody without it`() async throws {
        func made(_ name: String) throws -> (NIOSSLCertificate, NIOSSLPrivateKey) {
            let files = try OpenSSLCommand.run([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "certificate", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost",
            ])
            return (
                try NIOSSLCertificate(bytes: files["certificate"] ?? [], format: .pem),
                try NIOSSLPrivateKey(bytes: files["key"] ?? [], format: .pem)
            )
        }
        let server = try made("server"), sender = try made("sender")
        var settings = MLLPSettings()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(server.0)], privateKey: .privateKey(server.1))
        configuration.trustRoots = .certificates([sender.0])
        configuration.certificateVerification = .noHostnameVerification
        settings.tls = configuration
        let inbox = Inbox()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([server.0])
        let stranger = tls
        tls.certificateChain = [.certificate(sender.0)]
        tls.privateKey = .privateKey(sender.1)
        let known = tls
        try await withListener(inbox, settings: settings) { listener in
            let client = try await MLLPClient.connect(host: "localhost", port: listener.port, tls: known)
            #expect(Acknowledgement(try await client.send(message(Sample.update("V"))))?.code == .accept)
            await #expect(throws: (any Error).self) {
                let client = try await MLLPClient.connect(host: "localhost", port: listener.port, tls: stranger)
                _ = try await client.send(message(Sample.update("V")))
            }
            await #expect(throws: (any Error).self) {
                let client = try await MLLPClient.connect(host: "localhost", port: listener.port, timeout: .seconds(5))
                _ = try await client.send(message(Sample.update("V")))
            }
        }
        #expect(inbox.senders.count == 1)
        #expect(inbox.senders.first?.certificate?.count == 64)
    }
}
