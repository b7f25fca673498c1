internal import Host
internal import Inputs
internal import Registry

/// A gateway's work, for programs.
enum OperationsInterface {
    static let destination = Resource<OperationsPicture.Destination>(
        name: "Destination", words: "Where a gateway sends.",
        members: [
            .text("name", "Its name.") { $0.name }, .number("waiting", "Deliveries that wait.") { $0.waiting },
            .number("sent", "Sent, and not committed to.") { $0.sent }, .number("done", "Done.") { $0.done },
            .number("dead", "Refused too often.") { $0.dead },
            .maybeTime("oldest", "When the oldest that waits was put there.") { $0.oldest },
        ])

    static let letter = Resource<OperationsPicture.Letter>(
        name: "DeadLetter", words: "What a destination has refused too often.",
        members: [
            .number("id", "Its number.") { Int($0.id) }, .text("destination", "By whom.") { $0.destination },
            .text("audience", "For whom it is.") { $0.audience }, .number("attempts", "How often.") { $0.attempts },
            .maybeText("answer", "What was answered.") { $0.answer }, .time("since", "Since when.") { $0.since },
        ])

    static let check = Resource<OperationsPicture.Check>(
        name: "Check", words: "An item of the check list.",
        members: [
            .text("area", "Of what.") { $0.area },
            .choice("state", ["fine", "note", "warning", "problem"], "How it is.") { $0.state.rawValue },
            .text("text", "What was found.") { $0.text }, .text("advice", "What to do.") { $0.advice },
        ])

    static let picture = Resource<OperationsPicture>(
        name: "Operations", words: "How a gateway's work stands.",
        members: [
            .text("gateway", "Its name.") { $0.gateway }, .number("arrivals", "Instances that came.") { $0.arrivals },
            .number("openStudies", "Studies that settle or wait to be decided.") { $0.openStudies },
            .number("keptBack", "Decisions that keep something back.") { $0.keptBack },
            .number("commitments", "Storage commitments that are owed.") { $0.commitments },
            .list("destinations", of: destination, "Where it sends.") { $0.destinations },
            .list("deadLetters", of: letter, "What was refused too often.") { $0.deadLetters },
            .list("checks", of: check, "The check list of `cordon gateway doctor`.") { $0.checks },
        ])

    static let described = [destination.described, letter.described, check.described, picture.described]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/operations", .seeOperations,
            Operation(
                "getOperations", "operations", "How the gateway's work stands. 404 where the console knows none.",
                answer: .json(picture.schema), covers: ["GET /operations"])
        ) { exchange in .json(try show(exchange)) },
        .doing(
            as: .named("/operations/dead-letters/{letter}/release", in: OperationsPages.routes), shows: .seeOperations,
            Operation(
                "releaseDeadLetter", "operations", "Has a dead letter sent again.", body: [],
                answer: .json(picture.schema), covers: [])
        ) { exchange, _ in try show(exchange) },
    ]

    private static func show(_ exchange: Exchange) throws -> JSON {
        guard let source = exchange.console.operations else { throw ConsoleProblem.notFound }
        return picture.json(try source.picture(at: exchange.time))
    }
}
