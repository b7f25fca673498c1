#!/usr/bin/env python3
"""Recall and precision of `cordon pixels detect` on pictures with text that is known, and on images without text.

measure_text_recognition.py [--cordon FILE] [--pictures N] [--images FOLDER] [--seed N] [--both]

Draws N pictures for each of several sizes, fonts, contrasts and grounds, each with lines of invented names, numbers and
dates at known places, and asks what is found in them. With --images, DICOM files of CT, MR and PET below the folder, which
have no text, are looked at, too: every line that is found there is wrong. With --both, pictures are also read as pages, as what is
left is where text is cleaned, and what either reading finds counts. Says how much processor time it took.

Needs pydicom, numpy and Pillow (Tests/requirements.txt). Fonts: the one in Pillow, and DejaVu where it is installed.
"""
import argparse
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile

import numpy as np
import pydicom
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

SIZES = [9, 11, 13, 16, 20, 28, 40, 64, 96]
GROUNDS = ["black", "anatomy", "speckle", "white"]
CONTRASTS = [("strong", 1.0), ("middle", 0.5), ("faint", 0.2)]
FIRST = ["Zebulon", "Erika", "Wilhelmina", "Kentarou", "Rosamund", "Ignatius", "Oluwaseun", "Margit"]
LAST = ["Quillfeather", "Brannigan", "Yamashiro", "Parkinson", "Hodgkinson", "Nordfelden", "Hwangbo", "Featherstone"]


def fonts():
    found = [("Pillow", lambda size: ImageFont.load_default(size))]
    for name in ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif"):
        for path in glob.glob(f"/usr/share/fonts/**/{name}.ttf", recursive=True):
            found.append((name, lambda size, path=path: ImageFont.truetype(path, size)))
    return found


def ground(kind, rows, columns, rng):
    y, x = np.mgrid[0:rows, 0:columns]
    if kind == "black":
        return np.zeros((rows, columns))
    if kind == "white":
        return np.full((rows, columns), 255.0)
    if kind == "anatomy":
        a = 70 * (np.hypot((x - columns / 2) / 1.4, y - rows / 2) < rows * 0.42)
        for _ in range(25):
            cx, cy, r = rng.uniform(0, columns), rng.uniform(0, rows), rng.uniform(5, 60)
            a = a + rng.uniform(-30, 50) * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r)))
        return a + rng.normal(0, 5, a.shape) + 15
    # Rayleigh noise, blurred a little along the rows, as ultrasound has it, in a sector.
    a = rng.rayleigh(28, (rows, columns))
    a = (a + np.roll(a, 1, 1) + np.roll(a, 2, 1)) / 3
    return a * (np.abs(x - columns / 2) < (y + 60) * 0.8)


def words(rng):
    kind = rng.integers(4)
    if kind == 0:
        return f"{LAST[rng.integers(8)]} {FIRST[rng.integers(8)]}"
    if kind == 1:
        return f"ID {''.join(rng.choice(list('ABCDEFGHKMNPQRSTUVWXYZ'), 3))}{rng.integers(10**6, 10**7)}"
    if kind == 2:
        return f"DOB {rng.integers(1, 29):02}/{rng.integers(1, 13):02}/{rng.integers(1920, 2020)}"
    return f"{LAST[rng.integers(8)].upper()}^{FIRST[rng.integers(8)].upper()}"


def picture(size, font, kind, contrast, rng):
    rows, columns = (512, 640) if size < 60 else (768, 1280)
    base = ground(kind, rows, columns, rng)
    image = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    face = font(size)
    truth = []
    for _ in range(4):
        text = words(rng)
        for _ in range(50):
            left, top = int(rng.integers(4, columns - 8)), int(rng.integers(4, rows - size - 8))
            box = draw.textbbox((left, top), text, font=face)
            apart = all(box[3] + size / 2 < b[1] or b[3] + size / 2 < box[1] or box[2] + size * 3 < b[0] or b[2] + size * 3 < box[0] for _, b in truth)
            if box[2] < columns - 2 and box[3] < rows - 2 and apart:
                break
        else:
            continue
        around = float(np.median(np.asarray(image)[box[1]:box[3], box[0]:box[2]]))
        is_light = around < 128
        value = around + (255 - around) * contrast if is_light else around * (1 - contrast)
        draw.text((left, top), text, fill=int(value), font=face)
        truth.append((text, box))
    return np.asarray(image), truth


def write(path, pixels):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    ds = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = pixels.tobytes()
    ds.save_as(path, enforce_file_format=True)


def detect(cordon, paths, frames=None, pages=False):
    """What is found in each of the files, by number."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [cordon, "pixels", "detect", "--show-values", "--json", out.name] + (["--frames", str(frames)] if frames else []) + (["--pages"] if pages else []) + paths
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"{' '.join(command[:4])} failed: {done.stderr}")
        return json.load(open(out.name))


def covered(box, lines):
    """How much of a text's place is in what was found."""
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), bool)
    for line in lines:
        for left, top, right, bottom in [line["box"]] + [word["box"] for word in line["words"]]:
            mask[max(0, top - 2 - box[1]):max(0, bottom + 2 - box[1]), max(0, left - 2 - box[0]):max(0, right + 2 - box[0])] = True
    return mask.mean() if mask.size else 0


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cordon", default=".build/release/cordon")
    options.add_argument("--pictures", type=int, default=1, help="pictures for each combination")
    options.add_argument("--images", help="a folder of images without text")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--both", action="store_true", help="read as pages, too")
    asked = options.parse_args()
    rng = np.random.default_rng(asked.seed)
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        drawn = {}
        for size in SIZES:
            for number, kind in enumerate(GROUNDS):
                for contrast, factor in CONTRASTS:
                    for turn in range(asked.pictures):
                        all_fonts = fonts()
                        name, font = all_fonts[(number + turn + size) % len(all_fonts)]
                        pixels, truth = picture(size, font, kind, factor, rng)
                        path = os.path.join(folder, f"{len(drawn):05}.dcm")
                        write(path, pixels)
                        drawn[path] = (size, kind, contrast, name, truth)
        paths = sorted(drawn)
        readings = []
        for pages in [False, True] if asked.both else [False]:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            readings.append({entry["path"]: entry for entry in detect(asked.cordon, paths, pages=pages)})
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(f"{'as pages' if pages else 'line by line'}: {(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(paths):.2f} s of a processor for each picture")
        wrong = right = 0
        for path in paths:
            size, kind, contrast, name, truth = drawn[path]
            entries = [found.get(os.path.realpath(path)) or found[path] for found in readings]
            lines = [line for entry in entries for frame in entry.get("frames", []) for line in frame["lines"]]
            for text, box in truth:
                part = covered(box, lines)
                for key in [("size", size), ("ground", kind), ("contrast", contrast), ("font", name), ("all", "")]:
                    row = rows.setdefault(key, [0, 0, 0])
                    row[0] += 1
                    row[1] += part >= 0.8
                    row[2] += part >= 0.3
            for line in lines:
                left, top, right_edge, bottom = line["box"]
                touches = any(left < b[2] and b[0] < right_edge and top < b[3] and b[1] < bottom for _, b in truth)
                right += touches
                wrong += not touches
    print("| texts | number | found as a whole | found in part |\n| --- | --- | --- | --- |")
    for (what, value), (count, whole, part) in rows.items():
        print(f"| {what} {value} | {count} | {100 * whole / count:.1f} % | {100 * part / count:.1f} % |")
    print(f"\nlines that were found: {right + wrong}; that are of no text: {wrong} (precision {100 * right / max(1, right + wrong):.1f} %)")
    if asked.images:
        files = []
        for path in sorted(glob.glob(asked.images + "/**/*", recursive=True)):
            try:
                ds = pydicom.dcmread(path, stop_before_pixels=True)
            except Exception:
                continue
            if ds.get("Modality") in ("CT", "MR", "PT") and "SECONDARY" not in list(ds.get("ImageType", [])):
                files.append(path)
        entries = detect(asked.cordon, files, frames=3) if files else []
        looked = [entry for entry in entries if "frames" in entry]
        marked = [entry for entry in looked if entry["frames"]]
        sure = sum(line["certainty"] == "sure" for entry in marked for frame in entry["frames"] for line in frame["lines"])
        print(f"images of CT, MR and PET that were read: {len(looked)}; with anything found: {len(marked)}; lines taken for text: {sure}")
        for entry in marked:
            print("  ", entry["path"], [line["text"] for frame in entry["frames"] for line in frame["lines"]])


if __name__ == "__main__":
    main()
