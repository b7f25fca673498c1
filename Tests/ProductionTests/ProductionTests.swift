import Testing

@Suite struct ProductionTests {}
