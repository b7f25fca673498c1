/// In which form instances, frames and bulk data are given: alone or as parts, and in which transfer syntax (PS3.18 8.7.3).
struct DICOMRepresentation: Hashable, Sendable {
    /// `multipart/related`, one part for each.
    var isMultipart: Bool
    /// Of the parts: `application/dicom`, `application/octet-stream`, `image/jpeg`.
    var mediaType: MediaType
    var acceptable: AcceptableSyntaxes

    /// The best of what a client takes for this payload.
    ///
    /// - Parameters:
    ///   - payload: the media types that parts may have, the default first.
    ///   - single: whether one payload may come without multipart.
    static func negotiate(_ accept: AcceptList, payload: [MediaType], allowsSingle single: Bool) -> DICOMRepresentation?
    {
        guard let preferred = payload.first else { return nil }
        if accept.isIndifferent {
            return DICOMRepresentation(
                isMultipart: true, mediaType: preferred, acceptable: AcceptableSyntaxes(takesAny: false))
        }
        var best: DICOMRepresentation?
        var quality = 0
        for range in accept.ranges where range.quality > 0 {
            guard let found = match(range.mediaType, payload, allowsSingle: single) else { continue }
            if var current = best {
                // Ranges that differ in the transfer syntax alone are one wish, in order.
                guard current.isMultipart == found.isMultipart, current.mediaType == found.mediaType else { continue }
                current.acceptable.takesAny = current.acceptable.takesAny || found.acceptable.takesAny
                current.acceptable.uids += found.acceptable.uids.filter { !current.acceptable.uids.contains($0) }
                best = current
            } else {
                best = found
                quality = range.quality
            }
        }
        return quality > 0 ? best : nil
    }

    private static func match(_ range: MediaType, _ payload: [MediaType], allowsSingle: Bool) -> DICOMRepresentation? {
        guard let preferred = payload.first else { return nil }
        let acceptable = syntaxes(range)
        if range.type == "*" || (range.type == "multipart" && (range.subtype == "related" || range.subtype == "*")) {
            let wanted = range["type"].flatMap { MediaType($0) }
            guard let type = wanted.map({ type in payload.first { covers(type, $0) } }) ?? preferred else { return nil }
            return DICOMRepresentation(isMultipart: true, mediaType: type, acceptable: acceptable)
        }
        guard let type = payload.first(where: { covers(range, $0) }) else { return nil }
        // PS3.18 8.7.5: an instance may come as one body; of several, only parts are an answer.
        return DICOMRepresentation(isMultipart: !allowsSingle, mediaType: type, acceptable: acceptable)
    }

    private static func covers(_ range: MediaType, _ type: MediaType) -> Bool {
        (range.type == "*" || range.type == type.type) && (range.subtype == "*" || range.subtype == type.subtype)
    }

    private static func syntaxes(_ range: MediaType) -> AcceptableSyntaxes {
        switch range["transfer-syntax"] {
        case nil: AcceptableSyntaxes(takesAny: false)
        case "*": .any
        case let uid?: AcceptableSyntaxes(takesAny: false, uids: [uid])
        }
    }
}
