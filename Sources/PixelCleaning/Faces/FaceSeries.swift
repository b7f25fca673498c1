import DICOMCore
package import DICOMFile
package import Deidentification

/// Whether an instance is one of a series in which faces are looked for: CT, MR or PET, and what its header says of the part
/// of the body.
package struct FaceHeader: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
        case head
        /// Named, and without a head in it.
        case other
        case unknown
    }

    package var part: Part
    /// Nil for one that does not say where it lies, or is no single slice.
    package var slice: SliceGeometry?
    package var isMultiFrame: Bool
    var modality: String

    /// Whether faces are looked for in such images. What does not say what it is may be one of them.
    package static func isOfModality(_ file: DICOMFile) -> Bool {
        let modality = file.text(.modality)?.uppercased() ?? ""
        return modality.isEmpty || ["CT", "MR", "PT", "PET"].contains(modality)
    }

    /// Nil for an instance that is of no such modality, or has no pixels.
    package init?(_ file: DICOMFile) {
        let pixels = [Tag.pixelData, Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)]
        guard Self.isOfModality(file), pixels.contains(where: { file.dataSet.child($0) != nil }) else { return nil }
        modality = file.text(.modality)?.uppercased() ?? ""
        let frames = file.firstNumber(Tag(0x0028, 0x0008)) ?? 1
        isMultiFrame = frames > 1
        do throws(UncleanablePixels) { slice = frames > 1 ? nil : try SliceGeometry(file) } catch { slice = nil }
        let said = [Tag(0x0018, 0x0015), Tag(0x0008, 0x1030), Tag(0x0008, 0x103E), Tag(0x0018, 0x1030)]
            .compactMap { file.text($0)?.uppercased() }
        let words = Set(said.flatMap { $0.split { !$0.isLetter }.map(String.init) })
        let examined = Set((file.text(Tag(0x0018, 0x0015)) ?? "").uppercased().split { !$0.isLetter }.map(String.init))
        if !words.isDisjoint(with: Self.heads) {
            part = .head
        } else if !examined.isDisjoint(with: Self.others), examined.isSubset(of: Self.others.union(Self.sides)) {
            part = .other
        } else {
            part = .unknown
        }
    }

    /// Words of Body Part Examined and of descriptions.
    private static let heads: Set<String> = [
        "HEAD", "BRAIN", "SKULL", "NECK", "HEADNECK", "FACE", "FACIAL", "SINUS", "SINUSES", "ORBIT", "ORBITS", "EYE",
        "EYES",
        "EAR", "EARS", "IAC", "JAW", "TMJ", "MANDIBLE", "MAXILLA", "NOSE", "PITUITARY", "SELLA", "CRANIUM", "CRANIAL",
        "NEURO", "KOPF", "SCHADEL", "SCHÄDEL", "HIRN", "CEREBRAL", "CEREBRUM", "TETE", "CRANE", "CABEZA", "CRANEO",
        "TESTA",
        "WHOLEBODY", "DENTAL", "TEETH", "CSPINE", "WILLIS",
    ]
    /// Parts of the body without a face in them.
    private static let others: Set<String> = [
        "CHEST", "THORAX", "LUNG", "HEART", "BREAST", "ABDOMEN", "PELVIS", "HIP", "KNEE", "LEG", "THIGH", "CALF",
        "ANKLE", "FOOT",
        "TOE", "SHOULDER", "ARM", "ELBOW", "WRIST", "HAND", "FINGER", "EXTREMITY", "LIVER", "KIDNEY", "PROSTATE",
        "UTERUS",
        "BLADDER", "LSPINE", "TSPINE", "SSPINE", "LUMBAR", "SACRUM", "COCCYX", "PANCREAS", "AORTA", "RIB", "STERNUM",
        "CLAVICLE",
        "SCAPULA", "HUMERUS", "FEMUR", "TIBIA", "FIBULA", "FOREARM", "ABDOMENPELVIS", "CHESTABDOMEN", "CHESTABDPELVIS",
        "LOWEREXTREMITY", "UPPEREXTREMITY",
    ]
    /// Words that name no part, and may stand beside one.
    private static let sides: Set<String> = ["LEFT", "RIGHT", "UPPER", "LOWER"]
}

/// Looks for the face in a series: twice over its instances, of which it never holds more than one.
package struct FaceSeries {
    private let codecs: PixelCodecs

    package init(codecs: PixelCodecs = .installed) { self.codecs = codecs }

    private static let leastPositions = 12
    /// Millimetres between slices; more leaves out what a landmark is.
    private static let mostSpacing = 7.0

    /// - Parameters:
    ///   - headers: of all instances, in any order.
    ///   - file: gives an instance by its place among them; nil for one that cannot be read.
    package func finding(_ headers: [FaceHeader], file: (Int) -> DICOMFile?) -> FaceFinding {
        let isOther = headers.allSatisfy { $0.part == .other }
        do throws(UncleanablePixels) {
            return .cut(try cut(headers, file))
        } catch {
            // What is named as another part of the body, and is no head, is none.
            if isOther { return .none("it is of another part of the body, as it says") }
            // Nor is a trunk, unless it says that there is a head in it.
            if error.isWide, !headers.contains(where: { $0.part == .head }) {
                return .none("what it shows is wider than a head")
            }
            return .unknown(error.reason)
        }
    }

    private func cut(_ headers: [FaceHeader], _ file: (Int) -> DICOMFile?) throws(UncleanablePixels) -> FaceCut {
        guard !headers.contains(where: \.isMultiFrame) else {
            throw UncleanablePixels("its images have several frames, in which faces are not looked for")
        }
        let slices = headers.compactMap(\.slice)
        guard slices.count == headers.count, let first = slices.first else {
            throw UncleanablePixels("an image does not say where in the patient it lies")
        }
        guard slices.allSatisfy({ $0.isParallel(to: first) }) else {
            throw UncleanablePixels("its images do not lie in one stack")
        }
        let spacing = try Self.spacing(slices)
        var volume = try HeadVolume(slices, spacing: spacing)
        for (number, slice) in slices.enumerated() {
            guard let file = file(number) else { throw UncleanablePixels("an image of the series cannot be read") }
            let source = try FrameSource(file, codecs: codecs)
            // It was read before, for its header, and may be another one since.
            guard source.layout.rows == slice.rows, source.layout.columns == slice.columns, source.layout.frames == 1
            else { throw UncleanablePixels("an image of the series is not what its header said") }
            guard source.layout.samples == 1, source.layout.photometric != .palette else {
                throw UncleanablePixels("its images are in colour")
            }
            let samples = Samples(try source.image(0), source.layout)
            let scaled = try Rescaling(file, source.layout, isCT: headers[number].modality == "CT")
            volume.add(slice, spacing: spacing) { scaled.value(samples.number($0)) }
        }
        let isCT = headers.allSatisfy { $0.modality == "CT" }
        let means = volume.means(outside: isCT ? -1024 : 0)
        let threshold = isCT ? -300 : try Self.threshold(means, isPET: headers.contains { $0.modality != "MR" })
        guard let shape = HeadShape(volume, means, threshold: threshold) else {
            throw UncleanablePixels("the series shows nothing")
        }
        do throws(UncleanablePixels) {
            return try FaceSearch(shape).cut()
        } catch {
            guard isCT, Self.isWide(shape) else { throw error }
            throw UncleanablePixels.wide
        }
    }

    /// - Throws: where slices lie at unlike distances, or too few places are imaged.
    private static func spacing(_ slices: [SliceGeometry]) throws(UncleanablePixels) -> Double {
        let depths = slices.map(\.depth).sorted()
        var places: [Double] = []
        // The same place may be imaged often.
        for depth in depths where places.last.map({ depth - $0 > 0.05 }) ?? true { places.append(depth) }
        guard places.count >= leastPositions else { throw UncleanablePixels("it has too few images to be a volume") }
        let gaps = zip(places, places.dropFirst()).map { $1 - $0 }.sorted()
        let middle = gaps[gaps.count / 2]
        guard let widest = gaps.last, widest <= middle * 1.5 + 0.1 else {
            throw UncleanablePixels("there are gaps between its images")
        }
        guard middle <= mostSpacing else { throw UncleanablePixels("its images lie too far from each other") }
        return middle
    }

    /// Between air and tissue: a part of what parts dark and bright best (Otsu 1979), since skin is darker than the brain.
    private static func threshold(_ means: [Int32], isPET: Bool) throws(UncleanablePixels) -> Int32 {
        guard let largest = means.max(), largest > 8 else { throw UncleanablePixels("its images are dark") }
        let width = Int(largest) + 1
        var histogram = [Int](repeating: 0, count: 256)
        for mean in means { histogram[max(0, Int(mean)) * 256 / width] += 1 }
        let all = Double(means.count)
        let total = histogram.enumerated().reduce(0.0) { $0 + Double($1.offset) * Double($1.element) }
        var weight = 0.0, sum = 0.0, best = (value: 0.0, step: 0)
        for (step, count) in histogram.enumerated() {
            weight += Double(count)
            sum += Double(count) * Double(step)
            guard weight > 0, weight < all else { continue }
            let difference = sum / weight - (total - sum) / (all - weight)
            let value = weight * (all - weight) * difference * difference
            if value > best.value { best = (value, step) }
        }
        let parting = Double(best.step + 1) * Double(width) / 256
        return Int32(max(2, parting * (isPET ? 0.25 : 0.5)))
    }

    /// Whether some layer is wider than any head, with its ears: a trunk.
    private static func isWide(_ shape: HeadShape) -> Bool {
        guard let layers = shape.layers else { return false }
        let volume = shape.volume
        // A trunk is wide up to its top: below a head there are shoulders.
        let top = max(layers.lowerBound, layers.upperBound - Int(100 / volume.side))
        return (top...layers.upperBound).allSatisfy { layer in
            // In one piece: a head between raised arms is not.
            var width = 0, widest = 0, cells = 0
            for x in 0..<volume.columns {
                let count = (0..<volume.rows).count(where: { shape.isInside[shape.index(x, $0, layer)] })
                width = count > 0 ? width + 1 : 0
                widest = max(widest, width)
                cells += count
            }
            // A trunk is round, and has air around it. What fills its images to their corners is air that says it is tissue.
            return Double(widest - 1) * volume.side > 240 && cells * 10 < volume.columns * volume.rows * 9
        }
    }
}

/// Samples as what they measure: Hounsfield units of CT; of others a number that is 0 where there is nothing.
private struct Rescaling {
    private let slope: Double
    private let intercept: Double
    private let isCT: Bool

    init(_ file: DICOMFile, _ layout: PixelLayout, isCT: Bool) throws(UncleanablePixels) {
        func number(_ element: UInt16, _ otherwise: Double) -> Double? {
            guard let node = file.dataSet.child(Tag(0x0028, element)) else { return otherwise }
            return (try? file.values(of: node).first).flatMap { Double($0.filter { $0 != " " }) }
        }
        guard let slope = number(0x1053, 1), let intercept = number(0x1052, isCT ? -1024 : 0), slope > 0,
            slope < 1e6, abs(intercept) < 1e6, layout.photometric == .monochrome2
        else { throw UncleanablePixels("its samples do not say what they measure") }
        self.isCT = isCT
        // Numbers of `Samples` are moved up by half of their range where they are signed.
        let zero = layout.isSigned ? Double(1 << (layout.stored - 1)) : 0
        // Of PET the slope is another one for each image; of MR it says nothing.
        self.slope = isCT ? slope : 1
        self.intercept = isCT ? intercept - zero * slope : -zero
    }

    func value(_ number: Int) -> Int {
        let value = Double(number) * slope + intercept
        return isCT ? Int(max(-1024, min(4000, value))) : Int(max(0, min(8000, value / 4)))
    }
}

extension Tag {
    static let imageOrientationPatient = Tag(0x0020, 0x0037)
    static let recognizableVisualFeatures = Tag(0x0028, 0x0302)
}

extension UncleanablePixels {
    fileprivate static let wide = UncleanablePixels("what it shows is wider than a head")
    fileprivate var isWide: Bool { self == .wide }
}
