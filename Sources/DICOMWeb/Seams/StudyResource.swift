/// A study, a series or an instance, as resources of PS3.18 10.1 name them. UIDs have the form of PS3.5 9, since what has
/// not is refused before anybody sees it.
public struct StudyResource: Hashable, Sendable {
    public var study: String
    public var series: String?
    /// Only with `series`.
    public var instance: String?

    public init(study: String, series: String? = nil, instance: String? = nil) {
        self.study = study
        self.series = series
        self.instance = instance
    }

    /// `studies/1.2/series/3.4`, without a slash at either end.
    public var path: String {
        var path = "studies/\(study)"
        if let series { path += "/series/\(series)" }
        if let instance { path += "/instances/\(instance)" }
        return path
    }
}
