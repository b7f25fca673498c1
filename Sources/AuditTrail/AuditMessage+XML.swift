internal import Host

extension AuditMessage {
    /// The message as XML, without declaration, on one line.
    public func xml(source: AuditSource) -> String {
        var xml = XMLWriter()
        xml.element("AuditMessage") { xml in
            xml.element("EventIdentification", identification)
            for participant in participants { xml.element("ActiveParticipant", participant.write) }
            xml.element("AuditSourceIdentification") { xml in
                xml.attribute("AuditEnterpriseSiteID", source.enterpriseSite)
                xml.attribute("AuditSourceID", source.id)
                // An application server.
                xml.element("AuditSourceTypeCode") { $0.attribute("csd-code", "4") }
            }
            for object in objects { xml.element("ParticipantObjectIdentification", object.write) }
        }
        return xml.text
    }

    private func identification(_ xml: inout XMLWriter) {
        xml.attribute("EventActionCode", action.rawValue)
        xml.attribute("EventDateTime", time.description)
        xml.attribute("EventOutcomeIndicator", outcome.rawValue)
        xml.code("EventID", event)
        for type in types { xml.code("EventTypeCode", type) }
        if let outcomeDescription { xml.element("EventOutcomeDescription") { $0.content(outcomeDescription) } }
    }
}

extension AuditMessage.Participant {
    fileprivate func write(_ xml: inout XMLWriter) {
        xml.attribute("UserID", userID)
        xml.attribute("AlternativeUserID", alternativeUserID)
        xml.attribute("UserName", userName)
        xml.attribute("UserIsRequestor", isRequestor ? "true" : "false")
        switch address {
        case .name(let name): xml.address(name, "1")
        case .ip(let address): xml.address(address, "2")
        case .uri(let uri): xml.address(uri, "5")
        case nil: break
        }
        for role in roles { xml.code("RoleIDCode", role) }
        if let media { xml.element("MediaIdentifier") { $0.code("MediaType", media) } }
    }
}

extension AuditMessage.Object {
    fileprivate func write(_ xml: inout XMLWriter) {
        xml.attribute("ParticipantObjectID", id)
        xml.attribute("ParticipantObjectTypeCode", type.rawValue)
        xml.attribute("ParticipantObjectTypeCodeRole", role.rawValue)
        xml.attribute("ParticipantObjectDataLifeCycle", lifeCycle?.rawValue)
        xml.attribute("ParticipantObjectSensitivity", sensitivity)
        xml.code("ParticipantObjectIDTypeCode", idType)
        switch name {
        case .text(let text): xml.element("ParticipantObjectName") { $0.content(text) }
        case .query(let bytes): xml.element("ParticipantObjectQuery") { $0.content(Base64.encode(bytes)) }
        }
        for detail in details {
            xml.element("ParticipantObjectDetail") { xml in
                xml.attribute("type", detail.type)
                xml.attribute("value", Base64.encode(detail.value))
            }
        }
        guard !instances.isEmpty || !accessionNumbers.isEmpty || !studies.isEmpty || isAnonymized != nil else { return }
        xml.element("ParticipantObjectDescription") { xml in
            for number in accessionNumbers { xml.element("Accession") { $0.attribute("Number", number) } }
            for group in instances {
                xml.element("SOPClass") { xml in
                    xml.attribute("UID", group.uid)
                    xml.attribute("NumberOfInstances", String(group.count))
                    for uid in group.instances { xml.element("Instance") { $0.attribute("UID", uid) } }
                }
            }
            if !studies.isEmpty {
                xml.element("ParticipantObjectContainsStudy") { xml in
                    for uid in studies { xml.element("StudyIDs") { $0.attribute("UID", uid) } }
                }
            }
            if let isAnonymized { xml.element("Anonymized") { $0.content(isAnonymized ? "true" : "false") } }
        }
    }
}

extension XMLWriter {
    fileprivate mutating func code(_ name: String, _ value: CodedValue) {
        element(name) { xml in
            xml.attribute("csd-code", value.code)
            xml.attribute("codeSystemName", value.system)
            xml.attribute("displayName", value.meaning)
            xml.attribute("originalText", value.meaning)
        }
    }

    fileprivate mutating func address(_ id: String, _ type: String) {
        attribute("NetworkAccessPointID", id)
        attribute("NetworkAccessPointTypeCode", type)
    }
}
