import DICOMFile
import Foundation
import TestSupport

/// Series of heads that nobody has: a skull with a brain in it, a face with nose and chin, ears and a neck, of ellipsoids, in
/// files with what lies where beside them.
struct DrawnHead: Sendable {
    var modality = "CT"
    /// How slices lie: axial, sagittal, coronal.
    var plane = "axial"
    /// Degrees: the chin on the chest; the head turned to its left.
    var pitch = 0.0
    var yaw = 0.0
    /// Of all lengths.
    var size = 0.8
    /// Millimetres: of pixels, and between slices.
    var pixel = 1.5
    var spacing = 4.0
    var bodyPart = "HEAD"
    /// Other things that are done to it: reversed, gap, upside-down, no-face, thigh, chest, arms, single, top, faceless.
    var fault = ""
    var transferSyntax = ""

    /// Writes `0000.dcm` and on into a folder, and `0000.truth`: for each pixel 1 for brain, 2 for the skin of the face, 3 for
    /// what else is within the skull, 4 for nose and chin; 0.
    func write(to folder: String) throws -> [String] {
        let script = #"""
            import json, os, sys
            import numpy as np
            import pydicom
            from pydicom.dataset import Dataset, FileMetaDataset
            from pydicom.uid import ExplicitVRLittleEndian, generate_uid
            w = json.load(sys.stdin)
            s, fault = w["size"], w["fault"]
            rng = np.random.default_rng(3)
            a, b = np.radians(w["pitch"]), np.radians(w["yaw"])
            # In the patient: to the left, to the back, to the head. A box around the head.
            low, high = np.array([-118.0, -135, -168]) * s, np.array([118.0, 125, 100]) * s
            if fault == "top": low[2] = 10 * s
            if fault == "arms": low[0], high[0] = -190.0 * s, 190.0 * s
            p, g = w["pixel"], w["spacing"]
            axes = {"axial": (0, 1, 2), "sagittal": (1, 2, 0), "coronal": (0, 2, 1)}[w["plane"]]
            ax, ay, az = axes
            nx, ny, nz = int((high[ax]-low[ax])/p), int((high[ay]-low[ay])/p), int((high[az]-low[az])/g)
            # Rows go down: from the head to the feet where they go along z.
            down = -1 if ay == 2 else 1
            right, below = np.zeros(3), np.zeros(3)
            right[ax], below[ay] = 1, down
            order = list(range(nz))
            if fault == "reversed": order.reverse()
            if fault == "gap": order = [k for k in order if not nz // 2 <= k < nz // 2 + 2]
            if fault == "single": order = order[nz // 2:nz // 2 + 3]

            def ellipsoid(c, r): return ((x-c[0])/r[0])**2 + ((f-c[1])/r[1])**2 + ((u-c[2])/r[2])**2
            series, study, frame = generate_uid(entropy_srcs=["s"]), generate_uid(entropy_srcs=["t"]), generate_uid(entropy_srcs=["f"])
            for number, k in enumerate(order):
                i, j = np.meshgrid(np.arange(nx), np.arange(ny))
                P = np.zeros((3, ny, nx))
                P[ax] = low[ax] + i * p
                P[ay] = low[ay] + j * p if down > 0 else high[ay] - j * p
                P[az] = low[az] + k * g
                first = P[:, 0, 0].copy()
                if fault == "upside-down": P[2] = low[2] + high[2] - P[2]
                # Into the head: to the left, to the front, up.
                X, Y, Z = P / s
                x, f0 = np.cos(b)*X + np.sin(b)*Y, -(-np.sin(b)*X + np.cos(b)*Y)
                f, u = np.cos(a)*f0 - np.sin(a)*Z, np.sin(a)*f0 + np.cos(a)*Z
                skull = np.minimum(ellipsoid((0, 0, 0), (78, 86, 80)), ellipsoid((0, 30, -5), (72, 80, 72)))
                base = np.where(f > 52, -34, -58 - 8*(f < -10))
                inside = (skull < 0.88**2) & (u > base - 3)
                brain = (skull < 0.85**2) & (u > base)
                bone = (skull < 0.95**2) & (u > base - 8) & ~inside
                width = 6 + np.clip(-40-u, 0, 45) * 0.25
                nose = (u < -40) & (u > -92) & (np.abs(x) < width) & (f > 60) & (f < 97 + (-40-u)*0.5*(1-np.abs(x)/width))
                chin = ellipsoid((0, 86, -135), (24, 22, 22)) < 1
                face = (ellipsoid((0, 52, -85), (58, 50, 62)) < 1) | nose | chin
                ears = (ellipsoid((80, -10, -45), (8, 18, 30)) < 1) | (ellipsoid((-80, -10, -45), (8, 18, 30)) < 1)
                neck = (x**2 + (f+5)**2 < 56**2) & (u < -60)
                if fault == "no-face": face = (ellipsoid((0, 40, -75), (60, 50, 50)) < 1)
                head = (skull < 1) | face | ears | neck
                if fault == "thigh": head, bone, inside, brain, face = x**2 + f**2 < 80**2, x**2 + f**2 < 14**2, x > 1e9, x > 1e9, x > 1e9
                if fault == "chest": head, bone, inside, brain, face = (x/170)**2 + (f/110)**2 < 1, x > 1e9, x > 1e9, x > 1e9, x > 1e9
                # Beside the head, and joined to it by the shoulders, whichever way it looks.
                if fault == "arms": head = head | ((np.abs(X) - 150)**2 + Y**2 < 28**2) | ((np.abs(X) < 178) & (np.abs(Y) < 40) & (Z < -140))
                couch = (f < -105) & (f > -118) & (np.abs(x) < 100)
                skin = face & (f > 72) & (u < -52) & ~((skull < 1) & (u > -52))
                noise = rng.normal(0, 1, x.shape)
                if w["modality"] == "CT":
                    v = np.where(head, 40, -1000) + noise * 8
                    v = np.where(bone, 900, v); v = np.where(inside, 10, v); v = np.where(brain, 35, v) + noise * 3
                    v = np.where(couch & ~head, 60, v)
                    v = np.clip(np.round(v) + 1024, 0, 4095).astype(np.uint16)
                else:
                    k1 = 1 if w["modality"] == "MR" else 8
                    v = np.where(head, 320 if k1 == 1 else 90, 4) + np.abs(noise) * (9 if k1 == 1 else 3)
                    v = np.where(bone, 90 if k1 == 1 else 90, v); v = np.where(inside, 150, v); v = np.where(brain, 520, v) + np.abs(noise) * 12
                    v = np.clip(np.round(v * (1 if k1 == 1 else 8)), 0, 32000).astype(np.uint16)
                truth = np.zeros(x.shape, np.uint8)
                truth[skin] = 2; truth[skin & (nose | chin) & (f > 80)] = 4; truth[inside] = 3; truth[brain] = 1
                ds = Dataset()
                ds.file_meta = FileMetaDataset()
                ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
                classes = {"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4", "PT": "1.2.840.10008.5.1.4.1.1.128"}
                ds.SOPClassUID = classes[w["modality"]]
                ds.SOPInstanceUID = generate_uid(entropy_srcs=["i", str(k)])
                ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
                ds.Modality, ds.PatientID, ds.PatientName = w["modality"], "H1", "Quillfeather^Erika"
                ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
                if w["bodyPart"]: ds.BodyPartExamined = w["bodyPart"]
                ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
                ds.Rows, ds.Columns = v.shape
                ds.PixelSpacing, ds.SliceThickness = [p, p], g
                ds.ImagePositionPatient = [round(float(q), 4) for q in first]
                ds.ImageOrientationPatient = [float(q) for q in list(right) + list(below)]
                ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
                ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
                if w["modality"] != "MR": ds.RescaleIntercept, ds.RescaleSlope = (-1024 if w["modality"] == "CT" else 0), 1
                ds.InstanceNumber = number + 1
                ds.PixelData = v.tobytes()
                path = os.path.join(w["folder"], f"{number:04}")
                if w["transferSyntax"]:
                    ds.compress(w["transferSyntax"])
                ds.save_as(path + ".dcm", enforce_file_format=True)
                open(path + ".truth", "wb").write(truth.tobytes())
                print(path + ".dcm")
            """#
        let request: [String: Any] = [
            "modality": modality, "plane": plane, "pitch": pitch, "yaw": yaw, "size": size, "pixel": pixel,
            "spacing": spacing, "bodyPart": bodyPart, "fault": fault, "folder": folder,
            "transferSyntax": transferSyntax,
        ]
        let data = try JSONSerialization.data(withJSONObject: request)
        return try Python.rows(script, input: String(decoding: data, as: UTF8.self)).compactMap(\.first)
    }
}
