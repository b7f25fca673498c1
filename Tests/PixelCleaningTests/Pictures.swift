import DICOMCore
import DICOMFile
import Foundation
import TestSupport

/// Pictures with text, drawn by Pillow with the font that it carries.
struct DrawnText: Sendable {
    var text: String
    var left: Int
    var top: Int
    /// Height of the font in pixels.
    var size = 20
    /// Grey.
    var colour = 255
}

struct DrawnPicture: Sendable {
    var columns = 480
    var rows = 320
    /// Grey of the ground, or of the lightest part of it.
    var ground = 0
    /// 0 flat, 1 a gradient with soft shapes and noise, as anatomy has.
    var anatomy = false
    var texts: [DrawnText] = []

    /// Pixels, row by row, and the place of each text.
    func drawn() throws -> (bytes: [UInt8], places: [[Int]]) {
        let script = """
            import json, sys
            import numpy as np
            from PIL import Image, ImageDraw, ImageFont
            w = json.load(sys.stdin)
            rng = np.random.default_rng(7)
            if w["anatomy"]:
                y, x = np.mgrid[0:w["rows"], 0:w["columns"]]
                a = 60 * np.exp(-((x - w["columns"]/2)**2 + (y - w["rows"]/2)**2) / (2 * 90.0**2))
                a += 50 * (np.hypot((x - w["columns"]/2) / 1.3, y - w["rows"]/2) < 110)
                a = a + rng.normal(0, 6, a.shape) + 20
                ground = np.clip(a, 0, 255).astype(np.uint8)
            else:
                ground = np.full((w["rows"], w["columns"]), w["ground"], np.uint8)
            image = Image.fromarray(ground)
            draw = ImageDraw.Draw(image)
            for t in w["texts"]:
                font = ImageFont.load_default(t["size"])
                draw.text((t["left"], t["top"]), t["text"], fill=t["colour"], font=font)
                print("\\t".join(str(int(v)) for v in draw.textbbox((t["left"], t["top"]), t["text"], font=font)))
            print(np.asarray(image).tobytes().hex())
            """
        let request: [String: Any] = [
            "columns": columns, "rows": rows, "ground": ground, "anatomy": anatomy,
            "texts": texts.map {
                ["text": $0.text, "left": $0.left, "top": $0.top, "size": $0.size, "colour": $0.colour] as [String: Any]
            },
        ]
        let data = try JSONSerialization.data(withJSONObject: request)
        let lines = try Python.rows(script, input: String(decoding: data, as: UTF8.self))
        return (Python.bytes(lines[lines.count - 1][0]), lines.dropLast().map { $0.compactMap { Int($0) } })
    }

    /// As a secondary capture of Erika Quillfeather, of one frame or several that are alike.
    func file(frames: Int = 1, photometric: String = "MONOCHROME2") throws -> DICOMFile {
        try DICOMFile(bytes: source(try drawn().bytes, frames: frames, photometric: photometric))
    }

    func source(_ pixels: [UInt8], frames: Int = 1, photometric: String = "MONOCHROME2") -> [UInt8] {
        DataSetBuilder()
            .text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7").text(Tag(0x0008, 0x0018), .UI, "1.2.3.4")
            .text(Tag(0x0008, 0x0020), .DA, "20240309").text(Tag(0x0008, 0x0050), .SH, "ACC778812")
            .text(Tag(0x0010, 0x0010), .PN, "Quillfeather^Erika").text(Tag(0x0010, 0x0020), .LO, "MQX9748827")
            .text(Tag(0x0010, 0x0030), .DA, "19270315").text(Tag(0x0020, 0x000D), .UI, "1.2.3.5")
            .text(Tag(0x0020, 0x000E), .UI, "1.2.3.6")
            .integers(Tag(0x0028, 0x0002), .US, 1).text(Tag(0x0028, 0x0004), .CS, photometric)
            .text(Tag(0x0028, 0x0008), .IS, "\(frames)").integers(Tag(0x0028, 0x0010), .US, rows)
            .integers(Tag(0x0028, 0x0011), .US, columns).integers(Tag(0x0028, 0x0100), .US, 8)
            .integers(Tag(0x0028, 0x0101), .US, 8).integers(Tag(0x0028, 0x0102), .US, 7)
            .integers(Tag(0x0028, 0x0103), .US, 0)
            .bytes(.pixelData, .OB, (0..<frames).flatMap { _ in pixels }).file()
    }
}
