import DICOMCore

/// The instances of a study that are shown, where some are not: what counts and modalities are then about.
struct StudyContent {
    struct Series {
        var modality: String?
        var instances = 0
    }

    var series: [String: Series] = [:]
    var sopClasses: Set<String> = []

    /// An answer with counts and modalities of what is shown; nil where nothing of it is, or where what was looked for is only in
    /// what is not shown.
    func corrected(_ answer: Identifier, at level: QueryLevel, keys: Identifier) -> Identifier? {
        var answer = answer
        switch level {
        case .series:
            guard let uid = answer.text(.seriesInstanceUID), let own = series[uid] else { return nil }
            if answer[.seriesRelatedInstances] != nil { answer.set(.seriesRelatedInstances, String(own.instances)) }
        case .instance:
            if answer[.seriesRelatedInstances] != nil {
                let own = answer.text(.seriesInstanceUID).flatMap { series[$0] }
                answer.set(.seriesRelatedInstances, own.map { String($0.instances) } ?? "")
            }
        case .patient, .study:
            guard !series.isEmpty else { return nil }
        }
        // Archives may say of a series and an instance, too, what their study has.
        if answer[.studyRelatedSeries] != nil { answer.set(.studyRelatedSeries, String(series.count)) }
        let count = series.values.reduce(0) { $0 + $1.instances }
        if answer[.studyRelatedInstances] != nil { answer.set(.studyRelatedInstances, String(count)) }
        let lists = [
            (Tag.modalitiesInStudy, Set(series.values.compactMap(\.modality))), (.sopClassesInStudy, sopClasses),
        ]
        for (tag, values) in lists {
            if answer[tag] != nil { answer.set(tag, values.sorted().joined(separator: "\\")) }
            let wanted = keys.isMatched(tag) ? keys.values(tag) : []
            let isFound = wanted.contains { want in values.contains { WildcardText.matches($0, want, one: "?") } }
            guard wanted.isEmpty || isFound else { return nil }
        }
        return answer
    }

    /// Numbers that are held against what is shown, and not by the archive against all that it has.
    static let counts: [Tag] = [.studyRelatedSeries, .studyRelatedInstances, .seriesRelatedInstances]
    /// What an answer may say of more than itself.
    static let ofMore: [Tag] = counts + [.modalitiesInStudy, .sopClassesInStudy]
}

extension Session {
    /// What is shown of a study, where that may be less than the archive has; nil where the archive's own counts are right.
    func content(
        of study: String, _ verdict: Verdict, at level: QueryLevel, asking leave: borrowing ArchiveLeave
    ) async throws -> StudyContent? {
        // Where the archive does not count, a series may be one that nobody has looked at.
        guard !verdict.isWhole || level == .series && !verdict.isStated else { return nil }
        return try await content(of: study, verdict, asking: leave)
    }

    private func content(
        of study: String, _ verdict: Verdict, asking leave: borrowing ArchiveLeave
    ) async throws -> StudyContent {
        if let known = contents[study] { return known }
        var keys = Identifier()
        keys.set(.studyInstanceUID, study)
        for tag in [Tag.seriesInstanceUID, .sopInstanceUID, .sopClassUID] { keys.ask(for: tag) }
        var content = StudyContent()
        try await core.archive.find(.instance, keys, leave: leave) { instance in
            guard let series = instance.text(.seriesInstanceUID), let uid = instance.text(.sopInstanceUID),
                verdict.shows(uid)
            else { return true }
            content.series[series, default: .init()].instances += 1
            if let sopClass = instance.text(.sopClassUID) { content.sopClasses.insert(sopClass) }
            return true
        }
        var series = Identifier()
        series.set(.studyInstanceUID, study)
        for tag in [Tag.seriesInstanceUID, .modality] { series.ask(for: tag) }
        try await core.archive.find(.series, series, leave: leave) { answer in
            if let uid = answer.text(.seriesInstanceUID), content.series[uid] != nil {
                content.series[uid]?.modality = answer.text(.modality)
            }
            return true
        }
        if contents.count < 1000 { contents[study] = content }
        return content
    }
}
