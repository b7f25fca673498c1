internal import DICOMEncoding
internal import DICOMFile
internal import Dispatch
internal import Host
internal import PixelCleaning
internal import Synchronization
internal import Vault

/// Draws small pictures of originals, so few at once and each within so much time that strangers' frames keep nobody waiting.
package final class PictureDesk: Sendable {
    /// Which frame of an instance.
    enum Frame: String, CaseIterable, Sendable {
        case first, middle
    }

    /// Why there is no picture, in words without values.
    struct Missing: Error, Hashable, Sendable {
        var reason: String
    }

    /// Longer side of a picture, in pixels.
    static let side = 320
    /// Of an original; larger ones are looked at where images are read. Bytes.
    private static let largestOriginal: Int64 = 512 << 20
    /// Samples of a frame.
    private static let mostSamples = 64 << 20
    /// How long somebody waits until others' pictures are drawn. Seconds.
    private static let patience = 30
    /// Bytes of pictures that are kept for who looks again.
    private static let mostKept = 24 << 20

    private let folder: String
    private let vault = Mutex<Vault?>(nil)
    private let places = DispatchSemaphore(value: 2)
    private let codecs: PixelCodecs
    private let recognition: TextRecognition
    private let kept = Mutex<(pictures: [String: [UInt8]], order: [String], size: Int)>(([:], [], 0))

    /// - Parameter registry: the folder of the registry; originals are in its vault.
    package init(registry folder: String) {
        self.folder = folder
        var codec = WorkerProgram.installed("cordon-codec")
        codec?.processorSeconds = 15
        codec?.patience = 60
        codecs = PixelCodecs(codec)
        var reader = WorkerProgram.installed("cordon-ocr")
        reader?.arguments = ["eng"]
        reader?.processorSeconds = 60
        reader?.patience = 120
        recognition = TextRecognition(reader)
    }

    /// A frame of an original as PNG.
    ///
    /// - Parameter marksText: whether text is looked for, and boxes are drawn around it.
    func picture(
        _ digest: String, size: Int64, _ frame: Frame, marksText: Bool
    ) throws(Missing) -> [UInt8] {
        let name = "\(digest) \(frame.rawValue) \(marksText)"
        if let known = kept.withLock({ $0.pictures[name] }) { return known }
        guard size <= Self.largestOriginal else {
            throw Missing(reason: "the original is too large for a small picture")
        }
        guard places.wait(timeout: .now() + .seconds(Self.patience)) == .success else {
            throw Missing(reason: "others are being drawn: load the page again")
        }
        defer { places.signal() }
        let picture = try draw(digest, frame, marksText: marksText)
        keep(picture, name)
        return picture
    }

    private func draw(_ digest: String, _ frame: Frame, marksText: Bool) throws(Missing) -> [UInt8] {
        let original = try original(digest)
        defer { withExtendedLifetime(original) {} }
        let file: DICOMFile
        do throws(ParseError) {
            file = try DICOMFile(path: original.path, scratch: Scratch.folder)
        } catch {
            throw Missing(reason: "the original cannot be read as DICOM")
        }
        do throws(UncleanablePixels) {
            let source = try FrameSource(file, codecs: codecs)
            let layout = source.layout
            guard layout.rows * layout.columns * layout.samples <= Self.mostSamples else {
                throw UncleanablePixels("a frame is too large for a small picture")
            }
            let number = frame == .first ? 0 : layout.frames / 2
            guard marksText else { return try png(source.shown(number), []) }
            let found = try TextDetection(file, codecs: codecs, recognition: recognition).frame(number)
            return try png(found.shown, found.lines.map(Self.mark))
        } catch {
            throw Missing(reason: error.reason)
        }
    }

    /// Red for what identifies, blue for what looks like text and cannot be read, yellow for other text.
    private static func mark(_ line: TextDetection.Line) -> PictureMark {
        PictureMark(
            line.line.place,
            colour: line.identifies ? 0xE0_2020 : line.line.certainty == .doubtful ? 0x30_80FF : 0xF0_C000)
    }

    private func png(_ frame: ShownFrame, _ marks: [PictureMark]) throws(UncleanablePixels) -> [UInt8] {
        do throws(WorkerError) {
            return try recognition.png(frame, marks, longest: Self.side)
        } catch {
            throw UncleanablePixels(error.reason)
        }
    }

    // MARK: - Originals

    func original(_ digest: String) throws(Missing) -> Descriptor {
        do throws(VaultError) {
            return try opened().original(digest)
        } catch {
            throw Missing(
                reason: error.code == .missing
                    ? "the original is not in the vault of this site" : "the vault cannot give the original")
        }
    }

    private func opened() throws(VaultError) -> Vault {
        if let known = vault.withLock({ $0 }) { return known }
        let opened = try Vault(path: folder + "/vault", keys: folder + "/keys", making: nil)
        vault.withLock { $0 = opened }
        return opened
    }

    private func keep(_ picture: [UInt8], _ name: String) {
        kept.withLock { kept in
            guard kept.pictures.updateValue(picture, forKey: name) == nil else { return }
            kept.order.append(name)
            kept.size += picture.count
            while kept.size > Self.mostKept, !kept.order.isEmpty {
                kept.size -= kept.pictures.removeValue(forKey: kept.order.removeFirst())?.count ?? 0
            }
        }
    }
}
