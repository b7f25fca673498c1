extension Association {
    /// C-ECHO (PS3.7 9.1.5).
    public func echo() async throws -> Status {
        let context = try context(sopClass: ServiceClasses.verification)
        var command = Command(.echoRequest)
        command[text: .affectedSOPClassUID] = ServiceClasses.verification
        return try await response(to: try await invoke(command, context)).status
    }

    /// C-STORE (PS3.7 9.1.1) of a data set that is encoded in the transfer syntax already. Several may be under way at once where
    /// the peer allows it: their data sets go out one after the other, and are answered in any order.
    ///
    /// - Parameter piece: the next bytes, at most as many as it is asked for, and nil after the last. Its error ends the association
    ///   when something has been sent already.
    public func store(
        sopClass: String, sopInstance: String, transferSyntax: String, priority: Priority = .medium,
        originator: MoveOriginator? = nil, piece: (_ maximum: Int) async throws -> ArraySlice<UInt8>?
    ) async throws -> Status {
        let context = try context(sopClass: sopClass, transferSyntax: transferSyntax)
        var command = Command(.storeRequest)
        command[text: .affectedSOPClassUID] = sopClass
        command[text: .affectedSOPInstanceUID] = sopInstance
        command[.priority] = priority.rawValue
        command[text: .moveOriginatorTitle] = originator?.title
        command[.moveOriginatorMessageID] = originator?.messageID
        command.hasDataSet = true
        let invocation = try await invoke(command, context) { command in
            try await send(command, contextID: context.id, piece: piece)
        }
        return try await response(to: invocation).status
    }
}
