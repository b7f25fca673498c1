import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

/// What a de-identified data set says of itself (PS3.15 E.1.1, CID 7050), and whether it says it rightly.
struct DeclaredState {
    private(set) var options: DeidentificationOptions = []
    private(set) var issues: [Comparison.Issue] = []

    init(_ file: DICOMFile) {
        let codes = PathPattern(
            steps: [.sequence(.standard(Tag(0x0012, 0x0064)), item: nil)], element: .standard(Tag(0x0008, 0x0100)))
        for node in file.nodes(matching: codes) {
            for code in TextValues.lenient(of: node, in: file, .dataSet) {
                if let option = DeidentificationOptions(code: code) { options.insert(option) }
            }
        }
        check(file)
    }

    private mutating func check(_ file: DICOMFile) {
        func add(_ tag: Tag, _ detail: String) {
            issues.append(.init(category: .required, place: "\(tag)", detail: "\(Comparison.name(tag)) \(detail)"))
        }
        let removed = Tag(0x0012, 0x0062), method = Tag(0x0012, 0x0063), codes = Tag(0x0012, 0x0064)
        let dates = Tag(0x0028, 0x0303), burnedIn = Tag(0x0028, 0x0301), features = Tag(0x0028, 0x0302)
        if file.text(removed)?.trimmingBlanks != "YES" { add(removed, "is not YES") }
        if file.text(method) == nil, options.isEmpty { add(codes, "has no code of CID 7050, nor is a method told") }
        if !options.isEmpty, !options.contains(.basicProfile) { add(codes, "names options without the Basic Profile") }
        // A second de-identification adds its codes behind those of the first: the strictest of them holds.
        let state = file.text(dates)?.trimmingBlanks ?? ""
        let allowed: Set<String> =
            options.contains(.retainModifiedDates)
            ? ["REMOVED", "MODIFIED"] : options.contains(.retainFullDates) ? ["REMOVED", "UNMODIFIED"] : ["REMOVED"]
        if !allowed.contains(state) { add(dates, "does not say of dates what the codes say") }
        if options.contains(.cleanPixelData), file.text(burnedIn)?.trimmingBlanks != "NO" {
            add(burnedIn, "is not NO, though pixels were cleaned")
        }
        if options.contains(.cleanVisualFeatures), file.text(features)?.trimmingBlanks != "NO" {
            add(features, "is not NO, though features were cleaned")
        }
        if file.text(burnedIn)?.trimmingBlanks == "YES", file.dataSet.child(Tag(0x7FE0, 0x0010)) != nil {
            issues.append(
                .init(
                    category: .burnedIn, place: "\(burnedIn)",
                    detail: "the file says that identifying text is burned in"))
        }
        checkAge(file)
        checkFileMeta(file)
    }

    /// HIPAA's limit: who is older is one of few.
    private mutating func checkAge(_ file: DICOMFile) {
        let tag = Tag(0x0010, 0x1010)
        for (node, element) in file.dataSet.nodes.enumerated() where element.tag == tag && element.kind == .element {
            for value in TextValues.lenient(of: node, in: file, .dataSet) {
                guard let age = try? Age(value), age.days >= 91 * 365.2 else { continue }
                issues.append(
                    .init(
                        category: .age, place: "\(file.dataSet.path(of: node))",
                        detail: "\(Comparison.name(tag)) is above 90 years",
                        value: value))
            }
        }
    }

    private mutating func checkFileMeta(_ file: DICOMFile) {
        func add(_ place: String, _ detail: String) {
            issues.append(.init(category: .fileMeta, place: place, detail: detail))
        }
        if file.preamble != .zero { add("preamble", "the preamble is not of zeros") }
        if file.fileMeta.nodes.isEmpty { add("(0002,0000)", "there is no file meta information") }
        for (meta, tag) in [
            (Tag(0x0002, 0x0002), Tag(0x0008, 0x0016)), (Tag(0x0002, 0x0003), Tag(0x0008, 0x0018)),
        ] {
            if let stated = file.text(meta), let own = file.text(tag), stated != own {
                add("\(meta)", "\(Comparison.name(meta)) is not \(Comparison.name(tag))")
            }
        }
        for tag in FileMetaIdentity.all.sorted()
        where (file.fileMeta.child(tag).map { file.fileMeta.nodes[$0].valueLength } ?? 0) > 0 {
            add("\(tag)", "\(Comparison.name(tag)) says where the file came from")
        }
    }
}
