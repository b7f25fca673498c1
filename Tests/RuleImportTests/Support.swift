import Testing

@testable import RuleImport
