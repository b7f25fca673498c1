/// Modality (0008,0060) as a summary may show it. What is no defined term is not shown: anything may be written there.
enum Modality {
    /// PS3.3 C.7.3.1.1.1, retired terms included.
    private static let definedTerms: Set<String> = [
        "ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CFM", "CR", "CT", "CTPROTOCOL", "DG", "DMS", "DOC", "DX",
        "ECG",
        "EEG", "EMG", "EOG", "EPS", "ES", "FID", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER", "KO", "LEN",
        "LS",
        "M3D", "MG", "MR", "NM", "OAM", "OCT", "OP", "OPM", "OPR", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT", "PA",
        "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG", "RTDOSE", "RTIMAGE", "RTINTENT", "RTPLAN", "RTRAD",
        "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SEG", "SM", "SMR", "SR", "SRF", "STAIN", "TEXTUREMAP", "TG", "US",
        "VA", "XA", "XAPROTOCOL", "XC", "AS", "CD", "CF", "CP", "CS", "DD", "DF", "DM", "DS", "EC", "FA", "FS", "LP",
        "MA",
        "MS", "ST", "VF",
    ]

    /// The term, `other`, or nil when there is none.
    static func shown(_ value: String?) -> String? {
        guard let value, !value.isEmpty else { return nil }
        return definedTerms.contains(value) ? value : "other"
    }
}
