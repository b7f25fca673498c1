struct SatisfiabilityCheck { let log: FindingLog; let places: [SourceLocation: Place]; func check(_ c: Condition) {} }
