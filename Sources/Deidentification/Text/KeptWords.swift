import RuleLanguage

/// Words and phrases that stay in text though they are somebody's name, too: what the lists of a profile say, and what
/// no list need say.
struct KeptWords: Sendable {
    private let lists: [ValueList]

    /// - Parameter names: ids of lists, of which the first key column counts.
    init(_ names: [String], in ruleSet: RuleSet) { lists = names.compactMap { ruleSet.lists[$0] } }

    /// No word of a list.
    init() { lists = [] }

    /// A list without case: `parkinson` in a list keeps `PARKINSON`.
    ///
    /// - Parameter text: lower case, without accents, words with one blank between them.
    func contains(_ text: String) -> Bool {
        guard !lists.isEmpty else { return false }
        return lists.contains { $0.contains([text]) == .found }
    }

    /// Parts of names that are words of a language, titles, or say that nobody is meant: never looked for by themselves.
    static func isNoName(_ word: String) -> Bool { particles.contains(word) || placeholders.contains(word) }

    /// Words between the parts of a name.
    static let particles: Set<String> = [
        "a", "al", "af", "am", "an", "auf", "av", "bin", "ben", "bint", "d", "da", "dal", "dalla", "das", "de", "degli",
        "dei",
        "del", "dela", "della", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "i", "ibn", "im", "in", "l",
        "la",
        "las", "le", "les", "lo", "los", "mac", "mc", "of", "op", "och", "os", "san", "santa", "st", "ste", "t", "te",
        "ten",
        "ter", "the", "und", "van", "vom", "von", "y", "zu", "zum", "zur",
    ]

    /// Titles of people, in the languages of Europe: before a name.
    static let titles: Set<String> = [
        "dr", "drs", "prof", "professor", "professeur", "mr", "mrs", "ms", "miss", "mme", "mlle", "madame", "monsieur",
        "herr", "herrn", "frau", "doctor", "docteur", "doktor", "sra", "senor", "senora", "signor", "signora", "sig",
        "dott", "dottore", "dottoressa", "dra", "dhr", "mevr", "mevrouw", "pan", "pani", "nurse", "sister", "rev",
        "sir",
        "oberarzt", "oberarztin", "chefarzt",
    ]

    /// Degrees, behind a name.
    static let degrees: Set<String> = ["md", "phd", "frcr", "facr", "frcp", "frcs", "mbbs", "dnb", "dpm", "dmd"]

    static let placeholders: Set<String> = Set<String>([
        "anonymous", "anonymized", "anonymised", "anon", "anonym", "unknown", "none", "null", "test", "patient",
        "phantom",
        "removed", "deleted", "name", "staff", "service", "user", "admin", "operator", "technologist", "tech",
        "radiologist",
        "physician", "resident", "jr", "sr", "ii", "iii", "iv", "male", "female", "unspecified", "default", "other",
        "yes",
        "no", "not", "and", "for", "with", "baby", "boy", "girl", "undefined", "na", "nil", "demo", "empty", "remark",
    ]).union(titles).union(degrees)

    /// What an eponym is the name of: behind such a word's neighbour no person is meant.
    static let eponymNouns: Set<String> = [
        "disease", "syndrome", "sign", "unit", "units", "cyst", "fracture", "fractures", "lymphoma", "palsy",
        "position",
        "view", "views", "projection", "valve", "catheter", "test", "score", "scale", "index", "classification",
        "grade",
        "stage", "type", "ring", "rings", "node", "nodes", "line", "angle", "method", "technique", "procedure",
        "operation",
        "tumor", "tumour", "sarcoma", "anomaly", "malformation", "deformity", "lesion", "hernia", "duct", "gland",
        "canal",
        "ligament", "tendon", "nerve", "artery", "vein", "triangle", "space", "pouch", "capsule", "filter", "tube",
        "needle",
        "stent", "shunt", "bypass", "graft", "phenomenon", "reflex", "effect", "law", "equation", "transform", "number",
        "krankheit", "morbus", "syndrom", "maladie", "enfermedad", "sindrome", "morbo", "ziekte", "disorder",
        "dystrophy",
        "atrophy", "ataxia", "chorea", "thyroiditis", "contracture", "protocol", "weighted", "encephalopathy",
        "dementia",
    ]
}
