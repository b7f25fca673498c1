import DICOMNetwork
import FuzzDriver

@_cdecl("FuzzAssociation_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, read) }

/// Whatever the bytes: PDUs that are written as they were read, commands likewise, or an error within them. The same bytes go to
/// an acceptor and to a requestor, at once and in pieces; requests are answered by a policy.
private func read(_ bytes: [UInt8]) {
    let whole = events(bytes, step: max(1, bytes.count), isRequestor: false)
    precondition(events(bytes, step: 7, isRequestor: false) == whole)
    _ = events(bytes, step: max(1, bytes.count), isRequestor: true)
    if let command = try? Command(decoding: bytes[...]) {
        check(command)
    }
    _ = QuerySupport(information: bytes).findInformation
}

/// What messages a stream holds, until its end or its first error.
private func events(_ bytes: [UInt8], step: Int, isRequestor: Bool) -> [MessageAssembler.Event] {
    var framer = PDUFramer()
    var layer = UpperLayer()
    if isRequestor {
        _ = try? layer.handle(.associate(request))
        _ = try? layer.handle(.transportConfirmed)
    } else {
        _ = try? layer.handle(.transportIndicated)
    }
    var assembler = MessageAssembler(contexts: [1, 3])
    var events: [MessageAssembler.Event] = []
    var rest = bytes[...]
    do throws(PDUError) {
        while !rest.isEmpty {
            framer.append(rest.prefix(step))
            rest = rest.dropFirst(step)
            while let pdu = try framer.next() {
                let again = try? PDU(decoding: pdu.encoded[...])
                precondition(again == pdu)
                take(pdu, &layer)
                guard case .data(let values) = pdu else { continue }
                for value in values {
                    guard let event = try assembler.take(value) else { continue }
                    if case .command(let command, _) = event { check(command) }
                    events.append(event)
                }
            }
        }
    } catch {
        precondition(error.offset >= 0)
    }
    return events
}

private let request = AssociateRequest(
    calledTitle: "A", callingTitle: "B",
    contexts: [
        PresentationContext(id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"])
    ],
    user: UserInformation(maximumLength: 16384, implementationClassUID: Implementation.classUID))

/// An association that is asked for is answered: each context once, by what it proposed, and the answer can be read.
private func take(_ pdu: PDU, _ layer: inout UpperLayer) {
    guard let effects = try? layer.handle(.received(pdu)) else { return }
    for case .tell(.request(let request)) in effects {
        let offer = ContextPolicy().offer(to: request, serving: [.storage, .query, .get, .commitment])
        precondition(offer.contexts.map(\.id) == request.contexts.map(\.id))
        for (result, context) in zip(offer.contexts, request.contexts) where result.reason == .acceptance {
            precondition(context.transferSyntaxes.contains(result.transferSyntax))
        }
        var user = UserInformation(maximumLength: 0, implementationClassUID: Implementation.classUID)
        user.roles = offer.roles
        user.extended = offer.extended
        let accept = AssociateAccept(
            calledTitle: request.calledTitle, callingTitle: request.callingTitle, contexts: offer.contexts, user: user)
        _ = try? layer.handle(.accept(accept))
    }
}

private func check(_ command: Command) {
    let again = try? Command(decoding: command.encoded[...])
    precondition(again == command)
    var response = command.response(.pending)
    response?.counts = command.counts
    precondition(response == nil || response?.counts == command.counts)
}
