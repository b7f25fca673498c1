import Dispatch
import Foundation
import HealthLevelSeven
import Host
import Testing
import TestSupport

@testable import Gateway
@testable import Registry

/// Others' HL7 against ours.
@Suite(.enabled(if: Fixtures.python != nil)) struct PythonSenderTests {
    /// Away from the threads that tests share.
    private func python(_ script: String, _ input: String = "", _ environment: [String: String] = [:]) async throws
        -> [[String]]
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Python.rows(script, input: input, environment: environment) })
            }
        }
    }

    @Test func `the sender of python-hl7 is understood, and understands the answers`() async throws {
        let scene = try FeedScene()
        let server = try await MLLPServer.start(host: "127.0.0.1", port: 0, receiver: scene.feed)
        let script = """
            import os, hl7
            from hl7.client import MLLPClient
            head = 'MSH|^~\\\\&|HIS|H|C|P|2026112910150%d||ADT^%s|%d|P|2.5||||||UNICODE UTF-8\\r'
            with MLLPClient('127.0.0.1', int(os.environ['PORT']), encoding='utf-8') as client:
                for number, (event, body) in enumerate([
                        ('A01', 'PID|1||4711^^^HOSP^MR||Müller\\rPV1|1|I||||||||||||||VIP'),
                        ('A08', 'PID|1||4712^^^HOSP^MR\\rPV1|1|I||||||||||||||GOLD'),
                        ('A40', 'PID|1||4713^^^HOSP^MR\\rMRG|4711^^^HOSP^MR'),
                        ('A08', 'PID|1||\\rPV1|1|I||||||||||||||VIP'),
                        ('A08', 'PID|1||4711^^^HOSP^MR\\rPV1|1|I||||||||||||||""')]):
                    answer = hl7.parse(client.send_message(hl7.parse(head % (number, event, number) + body + '\\r')).decode())
                    msa = answer.segment('MSA')
                    errors = [str(e[4]) for e in answer if str(e[0]) == 'ERR']
                    print(msa[1], msa[2], ''.join(errors), sep='\\t')
            """
        let answers = try await python(script, "", ["PORT": "\(server.port)"])
        await server.stop()
        #expect(
            answers == [["AA", "0", ""], ["AA", "1", "W"], ["AA", "2", ""], ["AE", "3", "E"], ["AA", "4", ""]])
        #expect(try scene.names("4711") == [])
        #expect(try scene.names("4712").count == 4)
        #expect(try scene.registry.links().count == 1)
    }

    @Test func `what hl7apy builds is read, field by field`() async throws {
        let script = """
            from hl7apy.core import Message
            m = Message('ADT_A01', version='2.5')
            m.msh.msh_3 = 'HIS'; m.msh.msh_9 = 'ADT^A01^ADT_A01'; m.msh.msh_10 = 'X-1'; m.msh.msh_11 = 'P'
            m.evn.evn_2 = '20261129101500'
            m.pid.pid_3 = '4711^^^HOSP&1.2.3&ISO^MR'; m.pid.pid_5 = 'Doe^Jane'
            m.pv1.pv1_2 = 'I'; m.pv1.pv1_16 = 'VIP'
            print(m.to_er7().encode().hex())
            """
        let hexadecimal = try #require(try await python(script).first?.first)
        let message = try Message(Python.bytes(hexadecimal))
        let event = try AdministrativeEvent(message)
        #expect(event.controlID == "X-1" && event.trigger == "A01")
        #expect(event.persons[0].identifiers.map(\.universalID) == ["1.2.3"])
        #expect(event.persons[0].indicators == [Indicator(place: .vip, statement: .values([.init(code: "VIP")]))])
    }

    @Test func `hl7apy reads our answers`() async throws {
        let scene = try FeedScene()
        let content = Array(
            "MSH|^~\\&|HIS|H|C|P|20261129||ADT^A08|9|P|2.5\rPID|1||4711^^^HOSP\rPV1|1|I||||||||||||||GOLD\r".utf8)
        let message = try Message(content)
        let answer = scene.feed.take(message, content: content, from: MessageSender(address: ""))
            .message(answering: message, controlID: "A1", at: .now)
        let script = """
            import sys
            from hl7apy.parser import parse_message
            m = parse_message(bytes.fromhex(sys.stdin.read()).decode())
            print(m.msa.msa_1.value, m.msa.msa_2.value, m.err.err_4.value, m.msh.msh_5.value, sep='\\t')
            """
        let rows = try await python(script, answer.bytes.map { String(format: "%02x", $0) }.joined())
        #expect(rows == [["AA", "9", "W", "HIS"]])
    }
}
