/// Every route of the interface, and every object that it answers with.
enum InterfaceRoutes {
    static let all: [ConsoleRoute] =
        QueueInterface.routes + StudyInterface.routes + PictureInterface.routes
        + RuleInterface.routes + CandidateInterface.routes + ProductionInterface.routes + HoldInterface.routes
        + GrantInterface.routes + LogInterface.routes + OperationsInterface.routes + AccountInterface.routes
        + [InterfaceDescription.route]

    static let schemas: [DescribedSchema] =
        CommonResources.described + QueueInterface.described + QueueActsInterface.described
        + EmergencyInterface.described + StudyInterface.described + RuleInterface.described
        + CandidateInterface.described + ProductionInterface.described
        + HoldInterface.described + GrantInterface.described + LogInterface.described + OperationsInterface.described
        + AccountInterface.described
}
