/// A code with its meaning (PS3.15 A.5.1, `CodedValueType`).
public struct CodedValue: Hashable, Sendable {
    public var code: String
    /// The scheme: `DCM`, or a name.
    public var system: String
    public var meaning: String

    public init(_ code: String, _ system: String, _ meaning: String) {
        self.code = code
        self.system = system
        self.meaning = meaning
    }

    fileprivate static func dicom(_ code: String, _ meaning: String) -> CodedValue { CodedValue(code, "DCM", meaning) }
}

/// CID 400: what happened.
extension CodedValue {
    public static let applicationActivity = dicom("110100", "Application Activity")
    public static let auditLogUsed = dicom("110101", "Audit Log Used")
    public static let beginTransferring = dicom("110102", "Begin Transferring DICOM Instances")
    public static let instancesAccessed = dicom("110103", "DICOM Instances Accessed")
    public static let instancesTransferred = dicom("110104", "DICOM Instances Transferred")
    public static let studyDeleted = dicom("110105", "DICOM Study Deleted")
    public static let export = dicom("110106", "Export")
    public static let `import` = dicom("110107", "Import")
    public static let query = dicom("110112", "Query")
    public static let securityAlert = dicom("110113", "Security Alert")
    public static let userAuthentication = dicom("110114", "User Authentication")
}

/// CID 401: of which kind.
extension CodedValue {
    public static let applicationStart = dicom("110120", "Application Start")
    public static let applicationStop = dicom("110121", "Application Stop")
    public static let login = dicom("110122", "Login")
    public static let logout = dicom("110123", "Logout")
    public static let userSecurityAttributesChanged = dicom("110137", "User Security Attributes Changed")
    public static let emergencyOverrideStarted = dicom("110127", "Emergency Override Started")
    public static let emergencyOverrideStopped = dicom("110138", "Emergency Override Stopped")
    public static let securityConfiguration = dicom("110129", "Security Configuration")
    public static let restrictedFunctionUsed = dicom("110132", "Use of Restricted Function")
    public static let securityAttributesChanged = dicom("110135", "Object Security Attributes Changed")
}

/// CID 402: in which part somebody or something acted.
extension CodedValue {
    public static let application = dicom("110150", "Application")
    public static let applicationLauncher = dicom("110151", "Application Launcher")
    public static let destination = dicom("110152", "Destination Role ID")
    public static let source = dicom("110153", "Source Role ID")
    public static let destinationMedia = dicom("110154", "Destination Media")
    public static let sourceMedia = dicom("110155", "Source Media")
}

/// CID 404: what an ID is. The codes without a scheme of DICOM are those of RFC 3881.
extension CodedValue {
    public static let studyInstanceUID = dicom("110180", "Study Instance UID")
    public static let sopClassUID = dicom("110181", "SOP Class UID")
    public static let nodeID = dicom("110182", "Node ID")
    public static let patientNumber = CodedValue("2", "RFC-3881", "Patient Number")
    public static let reportNumber = CodedValue("9", "RFC-3881", "Report Number")
    public static let uri = CodedValue("12", "RFC-3881", "URI")
}

/// CID 405: kinds of media.
extension CodedValue {
    public static let file = CodedValue.dicom("110037", "File")
    public static let disk = CodedValue.dicom("110031", "Disk Array")
}
