extension Registry {
    /// Records instances that were seen and whose bytes stay with somebody else: what a query or a hold of later may be
    /// about. Those that are known already stay as they are.
    ///
    /// - Returns: how many were new.
    @discardableResult
    public func see(_ instances: [Instance], by person: Person) throws -> Int {
        try check(instances)
        return try storage.write { transaction in
            var count = 0
            for instance in instances where try transaction.instance(instance.digest) == nil {
                let receipt = try Self.receive(instance, isKept: false, by: person, transaction)
                try transaction.setRemoved(instance.digest, at: instance.received, leaf: receipt.leaf)
                count += 1
            }
            return count
        }
    }
}
