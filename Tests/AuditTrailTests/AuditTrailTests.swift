import Testing

@Suite struct AuditTrailTests {}
