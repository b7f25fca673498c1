import RuleLanguage

/// The tests of `@if`. Texts are compared without case; an absent element is an empty text.
struct CTPTest {
    let functions: CTPFunctions
    private var id: ImportLog.ID { functions.id }
    private var log: ImportLog { functions.context.log }

    func condition(of call: CTPCall) -> ApproximateCondition {
        let name = call.argument(0)
        let isOwn = functions.isOwn(name)
        let read: ScriptAttribute
        if isOwn {
            read = functions.attribute
        } else if let other = CTPReference(name, names: functions.context.names) {
            read = other.attribute
            if !other.isKnownToCTP {
                log.changed(id, "CTP does not know `\(ImportLog.shown(name))` and takes it to be empty")
                return .unknown([id])
            }
        } else {
            log.refused(id, "`\(ImportLog.shown(name))` is no element that is known")
            return .unknown([id])
        }
        let exact = test(read, call)
        // In items, the element that is tested is the item's: anywhere is true more often.
        guard isOwn, functions.context.hasProcessedSequences else { return exact }
        return ApproximateCondition(
            over: test(read.anywhere, call).over,
            under: ConvertedCondition(.constant(exact.under.simplified.kind == .constant(true)), from: [id]))
    }

    private func test(_ attribute: ScriptAttribute, _ call: CTPCall) -> ApproximateCondition {
        let text = TextCondition(attribute, from: [id])
        let argument = self.argument(call, 2)
        switch call.argument(1) {
        case "exists":
            if functions.isOwn(call.argument(0)), !functions.isAlways { return ApproximateCondition(.always) }
            return ApproximateCondition(ConvertedCondition(.present(attribute.text), from: [id]))
        case "isblank":
            if attribute.isSequence { return .unknown([id]) }
            return ApproximateCondition(text.isBlank)
        case "contains" where call.arguments.count > 2:
            return isReadable(attribute) ? text.contains(argument, ignoresCase: true) : .unknown([id])
        case "equals" where call.arguments.count > 2:
            if let number = NumberCondition(attribute: attribute, origins: [id]).equals(argument) { return number }
            return isReadable(attribute) ? text.equals(argument, ignoresCase: true) : .unknown([id])
        case "matches" where call.arguments.count > 2:
            guard isReadable(attribute), let condition = text.matches(argument.trimmed) else { return .unknown([id]) }
            return condition
        case "greaterthan" where call.arguments.count > 2:
            return NumberCondition(attribute: attribute, origins: [id]).differs(by: "gt", argument) ?? .unknown([id])
        default: return ApproximateCondition(ConvertedCondition(.constant(false), from: [id]))
        }
    }

    private func argument(_ call: CTPCall, _ index: Int) -> String {
        let text = call.argument(index)
        return text.hasPrefix("@") ? functions.context.parameter(text) ?? text : text
    }

    private func isReadable(_ attribute: ScriptAttribute) -> Bool { attribute.isText && !attribute.isSequence }
}
