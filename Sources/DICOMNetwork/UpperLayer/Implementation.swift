/// Who we are to peers (PS3.7 D.3.3.2).
public enum Implementation {
    /// Derived from a UUID (PS3.5 B.2), made once.
    public static let classUID = "2.25.206847191352871203418953204718237594021"
    public static let versionName = "CORDON"
}
