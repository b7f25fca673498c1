#!/usr/bin/env python3
"""Cleans images in which identities were planted, and looks at what is left.

check_planted_pixels.py --key answer_key.json --orig FOLDER [--cordon FILE] [--extent all|identifying] [--keep FOLDER]

For each image with burned-in text: whether words of it can still be read by Tesseract at another setting than the one that
cleaned (page segmentation 6 and 11, three times as large, as they are and turned dark on light), how much contrast is left
where it stood, and how many pixels outside of its box changed: of all, and of those where Tesseract reads no other text. For each other image: whether any pixel changed. Of images with
frames the first is looked at.

Needs pydicom, numpy, Pillow and the `tesseract` command.
"""
import argparse
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pydicom
from PIL import Image

warnings.filterwarnings("ignore")


def pixels(path):
    ds = pydicom.dcmread(path, force=True)
    array = pydicom.pixels.pixel_array(ds, index=0).astype(float)
    return array.mean(-1) if array.ndim == 3 else array


def words(text):
    return {word.upper() for word in re.findall(r"[A-Za-z0-9/]{4,}", text)}


def read(array, folder):
    """Words that Tesseract reads in a picture, at other settings than Cordon's."""
    low, high = array.min(), array.max()
    grey = ((array - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    found = set()
    for turned in (False, True):
        image = Image.fromarray(255 - grey if turned else grey)
        image = image.resize((image.width * 3, image.height * 3), Image.BICUBIC)
        path = os.path.join(folder, "again.png")
        image.save(path)
        for mode in ("6", "11"):
            done = subprocess.run(["tesseract", path, "-", "--psm", mode], capture_output=True, text=True)
            found |= words(done.stdout)
    return found


def own_text(array, folder):
    """Where Tesseract reads words in a picture, a little grown: text that it has beside what was planted."""
    low, high = array.min(), array.max()
    grey = ((array - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    found = np.zeros(array.shape, bool)
    for turned in (False, True):
        image = Image.fromarray(255 - grey if turned else grey)
        image = image.resize((image.width * 3, image.height * 3), Image.BICUBIC)
        path = os.path.join(folder, "own.png")
        image.save(path)
        done = subprocess.run(["tesseract", path, "-", "--psm", "11", "tsv"], capture_output=True, text=True)
        for line in done.stdout.splitlines()[1:]:
            fields = line.split("\t")
            if len(fields) < 12 or float(fields[10]) < 40 or len(re.findall(r"[A-Za-z0-9]", fields[11])) < 2:
                continue
            left, top, width, height = (int(value) // 3 for value in fields[6:10])
            found[max(0, top - 3):top + height + 4, max(0, left - 4):left + width + 5] = True
    return found


def again_readable(planted, read_words):
    """Planted words that something that was read is like: O for Q, a letter lost."""
    return {word for word in planted if any(difflib.SequenceMatcher(None, word, other).ratio() >= 0.8 for other in read_words)}


def mask_of(entry):
    shape, first, runs = entry["mask_rle"]["shape"], entry["mask_rle"]["first"], entry["mask_rle"]["runs"]
    flat, value = [], bool(first)
    for run in runs:
        flat += [value] * run
        value = not value
    return np.array(flat + [False] * (shape[0] * shape[1] - len(flat))).reshape(shape)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--key", required=True)
    options.add_argument("--orig", required=True)
    options.add_argument("--cordon", default=".build/release/cordon")
    options.add_argument("--extent", default="all", choices=["all", "identifying"])
    options.add_argument("--keep", help="a folder for the cleaned files")
    asked = options.parse_args()
    key = json.load(open(asked.key))
    planted = {entry["file"]: entry for entry in key["entries"] if entry["category"] == "burned_in"}
    clean = changed = readable = refused = unread = 0
    folder = asked.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    for entry in key["files"]:
        name = entry["path"]
        path, out = os.path.join(asked.orig, name), os.path.join(folder, os.path.basename(name))
        try:
            if "PixelData" not in pydicom.dcmread(path, force=True, stop_before_pixels=False):
                continue
            before = pixels(path)
        except Exception as error:
            unread += 1
            print(f"{os.path.basename(name)}: not looked at, pydicom cannot read it: {type(error).__name__}")
            continue
        if os.path.exists(out):
            os.remove(out)
        done = subprocess.run([asked.cordon, "pixels", "clean", "--text", asked.extent, path, out], capture_output=True, text=True)
        if done.returncode == 3:
            refused += 1
            print(f"{os.path.basename(name)}: refused: {done.stderr.strip().splitlines()[-1][:150]}")
            continue
        if done.returncode:
            sys.exit(done.stderr)
        after = pixels(out)
        different = before != after
        if name not in planted:
            if different.any():
                changed += 1
                print(f"{os.path.basename(name)}: {100 * different.mean():.2f} % of pixels changed, no text was planted")
            continue
        found = planted[name]
        left, top, right, bottom = found["bbox"]
        outside = np.ones(different.shape, bool)
        outside[max(0, top - 3):bottom + 3, max(0, left - 3):right + 3] = False
        mask = mask_of(found)
        box_old, box_new = before[top:bottom, left:right], after[top:bottom, left:right]
        mask = mask[:box_new.shape[0], :box_new.shape[1]]
        contrast = abs(box_new[mask].mean() - box_new[~mask].mean()) / max(1e-6, abs(box_old[mask].mean() - box_old[~mask].mean()))
        again = again_readable(words(found["value"]), read(after, folder))
        was = again_readable(words(found["value"]), read(before, folder))
        readable += bool(again)
        clean += not again
        share = 100 * (different & outside).sum() / max(1, outside.sum())
        bare = outside & ~own_text(before, folder)
        rest = 100 * (different & bare).sum() / max(1, bare.sum())
        print(f"{os.path.basename(name)}: words read before {len(was)}, after {len(again)} {sorted(again)}; contrast left {100 * contrast:.0f} %; other pixels changed {share:.2f} %, where there was no text {rest:.2f} %")
    print(f"\n{asked.extent}: planted texts {len(planted)}, without a word that can be read {clean}, with one {readable}; refused {refused}; not looked at {unread}; other images changed {changed}")


if __name__ == "__main__":
    main()
