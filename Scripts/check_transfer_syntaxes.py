#!/usr/bin/env python3
"""Lets Cordon take a rectangle out of every image, and holds what others decode against what they decoded before.

check_transfer_syntaxes.py [--cordon FILE] [--markdown FILE] [--quick] FOLDER_OR_FILE...

Each file with Pixel Data goes through `cordon pixels clean --rectangle` (with `--decode-lossy` where it is refused for loss), and
every frame of the original and of the result is decoded by each decoder that pydicom has for the syntax (install what you like of
pylibjpeg, pylibjpeg-libjpeg, -openjpeg, -rle, pyjpegls, python-gdcm, Pillow) and by DCMTK (dcmconv, dcmdrle, dcmdjpeg, dcmdjpls;
it has nothing for JPEG 2000). For each of them:

- inside of the rectangle every pixel is black;
- outside of it every sample is the same number. Of JPEG with loss whole blocks become black, and where colour is stored for every
  second pixel the colour right beside a block can change: what is compared begins behind these;
- in coded bytes, where the syntax allows: native cells outside, the runs of RLE of rows above and below, the coefficients of JPEG
  blocks outside (with `jpeglib`, 8 bits), and the whole of frames that were black there before: each result is cleaned once more.

Prints a line for each difference and what was refused with which reason, and a table by transfer syntax. Ends with 1 where there
was a difference. `--quick` is for tests: no more than three frames of each file.
"""
import argparse
import collections
import itertools
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import traceback
import warnings

import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder
from pydicom.uid import UID_dictionary

warnings.filterwarnings("ignore")
ROOT = "1.2.840.10008.1.2"
NATIVE = {ROOT, ROOT + ".1", ROOT + ".2", ROOT + ".1.99"}
DCT = {ROOT + ".4.50", ROOT + ".4.51"}
RLE = ROOT + ".5"
# What of DCMTK makes native pixels of a syntax; colours are left as they are stored.
DCMTK = {RLE: ["dcmdrle"], **{ROOT + end: ["dcmdjpeg", "+cn"] for end in (".4.50", ".4.51", ".4.57", ".4.70")},
         **{ROOT + end: ["dcmdjpls"] for end in (".4.80", ".4.81")}, **{uid: ["dcmconv", "+te"] for uid in NATIVE}}
SECONDS = 240


class Difference(Exception):
    pass


def rectangle(columns, rows):
    """Odd edges, and something left on each side where there is room."""
    left, top = columns // 4 | (columns > 8), rows // 4 | (rows > 8)
    right, bottom = left + max(1, columns // 2 - 1), top + max(1, rows // 3)
    return min(left, columns - 1), min(top, rows - 1), min(right, columns), min(bottom, rows)


def sampling(frame):
    """Pixels of a JPEG frame that one unit of its blocks covers, across and down, from the frame header (ITU-T T.81 B.2.2)."""
    place = 2
    while place + 4 <= len(frame):
        if frame[place] != 0xFF:
            raise ValueError("no marker")
        marker, length = frame[place + 1], struct.unpack(">H", frame[place + 2:place + 4])[0]
        if marker in (0xC0, 0xC1):
            count = frame[place + 9]
            pairs = [frame[place + 11 + 3 * index] for index in range(count)]
            return (8, 8) if count == 1 else (8 * max(pair >> 4 for pair in pairs), 8 * max(pair & 15 for pair in pairs))
        if marker == 0xFF:
            place += 1
            continue
        place += 2 + length
    raise ValueError("no frame header")


def areas(ds, frame, box):
    """What must be black, what may be another one now, and where of the black colour from beside it may be drawn in."""
    left, top, right, bottom = box
    black = np.zeros((ds.Rows, ds.Columns), bool)
    black[top:bottom, left:right] = True
    touched, edge = black.copy(), black & False
    across, down, around = 1, 1, 0
    if ds.file_meta.TransferSyntaxUID in DCT:
        across, down = sampling(frame)
        around = int(across > 8 or down > 8)
    elif ds.PhotometricInterpretation == "YBR_FULL_422":
        across = 2
    touched[top // down * down:-(-bottom // down) * down, left // across * across:-(-right // across) * across] = True
    if around:
        # Decoders draw colour out from a block into the next pixel.
        rows, columns = np.nonzero(touched)
        top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        edge = touched.copy()
        edge[top + 1:bottom - 1, left + 1:right - 1] = False
        touched[max(0, top - 1):bottom + 1, max(0, left - 1):right + 1] = True
    return black, touched, edge


def frames_by_pydicom(ds, plugin, count):
    """Samples as they are stored, colours as they are coded."""
    decoder = get_decoder(ds.file_meta.TransferSyntaxUID)
    for index in range(count):
        yield decoder.as_array(ds, index=index, raw=True, decoding_plugin=plugin)[0]


def frames_by_dcmtk(path, syntax, folder, name, count):
    out = os.path.join(folder, name)
    done = subprocess.run([*DCMTK[syntax], path, out], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["status %d" % done.returncode])[-1])
    ds = pydicom.dcmread(out)
    for index in range(count):
        yield get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, index=index, raw=True)[0]


def expected_black(ds, before):
    """What black is of the frame: a number, or one for each of three components; None where nobody says."""
    stored, kind = ds.BitsStored, ds.PhotometricInterpretation
    if kind == "PALETTE COLOR":
        tables = [np.frombuffer(getattr(ds, name + "PaletteColorLookupTableData"), "<u2" if getattr(ds, name + "PaletteColorLookupTableDescriptor")[2] > 8 else "u1")
                  if name + "PaletteColorLookupTableData" in ds else None for name in ("Red", "Green", "Blue")]
        return None if any(table is None for table in tables) else "palette"
    if before.ndim == 2:
        if ds.PixelRepresentation:
            return int(before.max() if kind == "MONOCHROME1" else before.min())
        return (1 << stored) - 1 if kind == "MONOCHROME1" else 0
    return None


def is_black(ds, after, black, edge, before, tolerance):
    """Whether all pixels of the rectangle are black; what they are, where they are not. At the `edge` of blocks decoders draw in the
    colour of the next one: there luminance is looked at alone."""
    if before.ndim == 3 and (edge & black).any():
        done, what = is_black(ds, after[..., :1].repeat(3, -1), edge & black, edge & False, before, tolerance)
        if not done:
            return done, what
        black = black & ~edge
        if not black.any():
            return True, ""
    inside = after[black]
    if before.ndim == 2:
        values = inside.astype(np.int64)
        wanted = expected_black(ds, before)
        if isinstance(wanted, int):
            return abs(values - wanted).max() <= tolerance, "%d to %d and not %d" % (values.min(), values.max(), wanted)
        return values.min() == values.max(), "%d to %d" % (values.min(), values.max())
    # One colour, and it is black in red, green and blue, or in luminance and differences, as the stream has it.
    points = inside.astype(np.int64)
    middle = 1 << (ds.BitsStored - 1)
    rgb, ybr = abs(points).max(), abs(points - [0, middle, middle]).max()
    return min(rgb, ybr) <= tolerance, "%s to %s" % (points.min(0).tolist(), points.max(0).tolist())


def compare(ds, before, after, frame, box, who, tolerance):
    if before.shape != after.shape:
        raise Difference("%s: another shape: %s and %s" % (who, before.shape, after.shape))
    black, touched, edge = areas(ds, frame, box)
    outside = ~touched
    if (before[outside] != after[outside]).any():
        rows, columns = np.nonzero((before != after).reshape(*touched.shape, -1).any(-1) & outside)
        raise Difference("%s: %d pixels outside differ, the first at column %d, row %d" % (who, len(rows), columns[0], rows[0]))
    done, what = is_black(ds, after, black, edge, before, tolerance)
    if not done:
        raise Difference("%s: the rectangle is %s" % (who, what))


# MARK: Coded bytes

def stored_frames(ds, count):
    """Each frame as it is coded; of native pixels what cells it has."""
    if ds.file_meta.TransferSyntaxUID in NATIVE:
        data = bytes(ds.PixelData)
        size = len(data) // max(1, count) if ds.PhotometricInterpretation == "YBR_FULL_422" else ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
        return [data[index * size:(index + 1) * size] for index in range(count)]
    return list(itertools.islice(generate_frames(ds.PixelData, number_of_frames=int(ds.get("NumberOfFrames") or 1)), count))


def same_native(ds, before, after, box):
    """Cells outside, byte for byte: bits beside the sample, too."""
    if len(before) != len(after):
        raise Difference("coded: a native frame of another length")
    width = ds.BitsAllocated // 8
    touched = areas(ds, b"", box)[1]
    cells = np.repeat(touched, width, axis=1) if ds.SamplesPerPixel == 1 else None
    if ds.SamplesPerPixel > 1:
        if ds.PhotometricInterpretation == "YBR_FULL_422":
            cells = np.repeat(touched, 2, axis=1)
        elif ds.get("PlanarConfiguration", 0):
            cells = np.concatenate([np.repeat(touched, width, axis=1)] * ds.SamplesPerPixel)
        else:
            cells = np.repeat(touched, width * ds.SamplesPerPixel, axis=1)
    flat = cells.reshape(-1)
    a, b = np.frombuffer(before, np.uint8), np.frombuffer(after, np.uint8)
    length = min(len(flat), len(a))
    if (a[:length][~flat[:length]] != b[:length][~flat[:length]]).any() or (a[length:] != b[length:]).any():
        raise Difference("coded: native cells outside differ")
    return "cells"


def runs(segment, size):
    """Where each run of a segment begins and ends, in coded bytes and in decoded ones (PS3.5 G.3)."""
    place = decoded = 0
    while place < len(segment) and decoded < size:
        head = segment[place]
        if head == 128:
            place += 1
            continue
        coded, count = (head + 2, head + 1) if head < 128 else (2, 257 - head)
        yield place, place + coded, decoded, decoded + count
        place, decoded = place + coded, decoded + count


def segments(frame):
    starts = [offset for offset in struct.unpack("<16L", frame[:64])[1:1 + struct.unpack("<L", frame[:4])[0]]]
    return [frame[start:end] for start, end in zip(starts, starts[1:] + [len(frame)])]


def same_runs(ds, before, after, box):
    """What codes rows above and below the rectangle is what it was, run by run."""
    _, top, _, bottom = box
    size = ds.Rows * ds.Columns
    for old, new in zip(segments(before), segments(after), strict=True):
        old_runs, new_runs = list(runs(old, size)), list(runs(new, size))
        # The standard forbids runs over the end of a row (PS3.5 G.3.1): those cannot stay beside rows that are coded anew.
        if any(since // ds.Columns != (to - 1) // ds.Columns for _, _, since, to in old_runs):
            return "rows, coded against the standard before"
        above = max([end for _, end, _, to in old_runs if to <= top * ds.Columns], default=0)
        if old[:above] != new[:above]:
            raise Difference("coded: runs above the rectangle differ")
        below = [(start, end) for start, end, since, _ in old_runs if since >= bottom * ds.Columns]
        if below:
            coded = old[below[0][0]:below[-1][1]]
            end = new_runs[-1][1] if new_runs else 0
            if new[end - len(coded):end] != coded:
                raise Difference("coded: runs below the rectangle differ")
    return "runs"


def same_blocks(ds, before, after, box, folder):
    """Coefficients of blocks outside, and the tables that they are multiplied by."""
    try:
        import jpeglib
    except ImportError:
        return None
    if ds.file_meta.TransferSyntaxUID != ROOT + ".4.50" and ds.BitsStored > 8:
        return None
    found = []
    for name, data in (("before.jpg", before), ("after.jpg", after)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        found.append(jpeglib.read_dct(os.path.join(folder, name)))
    old, new = found
    if not np.array_equal(np.asarray(old.qt), np.asarray(new.qt)):
        raise Difference("coded: other quantisation tables")
    left, top, right, bottom = box
    planes = [("Y", old.Y, new.Y)] + [(name, getattr(old, name), getattr(new, name)) for name in ("Cb", "Cr") if getattr(old, name) is not None]
    across, down = sampling(before)
    for name, a, b in planes:
        # A unit of blocks is touched where the rectangle is in it; of a component stored in part a block covers more.
        rows, columns = a.shape[:2]
        unit_rows, unit_columns = -(-ds.Rows // down), -(-ds.Columns // across)
        per_row, per_column = max(1, round(rows / unit_rows)), max(1, round(columns / unit_columns))
        touched = np.zeros((rows, columns), bool)
        touched[top // down * per_row:-(-bottom // down) * per_row, left // across * per_column:-(-right // across) * per_column] = True
        if not np.array_equal(a[~touched], b[~touched]):
            raise Difference("coded: coefficients of blocks outside differ (%s)" % name)
    return "coefficients"


# MARK: One file

def refusal(text):
    words = text.strip().splitlines()
    return words[-1].split(": ", 2)[-1][:140] if words else "nothing was said"


def look_at(path, asked, folder):
    """What a file showed, as a dictionary."""
    result = {"syntax": "?", "frames": 0, "pydicom": {}, "dcmtk": 0, "coded": {}, "untouched": 0, "differences": [], "notes": []}
    try:
        ds = pydicom.dcmread(path, force=True)
        syntax = ds.file_meta.TransferSyntaxUID if "TransferSyntaxUID" in ds.get("file_meta", {}) else None
    except Exception:
        return None
    if syntax is None or "PixelData" not in ds:
        return None
    result["syntax"] = str(syntax)
    try:
        columns, rows, count = int(ds.Columns), int(ds.Rows), int(ds.get("NumberOfFrames") or 1)
        if columns < 1 or rows < 1 or count < 1:
            raise ValueError
    except Exception:
        columns = rows = 16
        count = 0
    box = rectangle(columns, rows)
    out = os.path.join(folder, "clean.dcm")
    words = [asked.cordon, "pixels", "clean", "--rectangle", "%d,%d,%d,%d" % (box[0], box[1], box[2] - box[0], box[3] - box[1])]
    for extra in ([], ["--decode-lossy"]):
        done = subprocess.run(words + extra + [path, out], capture_output=True, text=True, timeout=SECONDS)
        if done.returncode != 3 or "with loss" not in done.stderr:
            break
        result["lossy"] = True
    if done.returncode:
        result["refused"] = refusal(done.stderr)
        if done.returncode not in (2, 3):
            result["differences"].append("cordon ended with %d: %s" % (done.returncode, result["refused"]))
        return result
    if asked.quick:
        count = min(count, 3)
    result["frames"] = count
    clean = pydicom.dcmread(out, force=True)
    if clean.file_meta.TransferSyntaxUID != syntax:
        result["differences"].append("another transfer syntax")
        return result
    try:
        old, new = stored_frames(ds, count), stored_frames(clean, count)
    except Exception as error:
        result["notes"].append("pydicom finds no frames: %s" % error)
        old = new = [b""] * count
    compare_coded(ds, old, new, box, folder, result)
    same_again(words + extra, out, new, folder, count, result)
    decoders = available(syntax)
    for plugin in decoders:
        differences = len(result["differences"])
        each(result, plugin, lambda: compare_all(
            ds, frames_by_pydicom(ds, plugin, count), frames_by_pydicom(clean, plugin, count), old, box, "pydicom with " + plugin), result["pydicom"])
        if len(result["differences"]) > differences and reads_alone(ds, clean, plugin, decoders, count):
            del result["differences"][differences:]
            result["notes"].append("pydicom with %s reads the original unlike every other decoder, and the result like them" % plugin)
    if not decoders:
        result["notes"].append("pydicom has no decoder")
    if syntax in DCMTK:
        found = {}
        each(result, "DCMTK", lambda: compare_all(
            ds, frames_by_dcmtk(path, syntax, folder, "before.dcm", count), frames_by_dcmtk(out, syntax, folder, "after.dcm", count), old, box, "DCMTK"), found)
        result["dcmtk"] = found.get("DCMTK", 0)
    return result


def reads_alone(ds, clean, plugin, decoders, count):
    """Whether a decoder reads an original in its own way, and what was coded anew as all others do."""
    def read(which, by):
        try:
            return [frame.tobytes() for frame in frames_by_pydicom(which, by, count)]
        except Exception:
            return None
    others = [other for other in decoders if other != plugin and read(ds, other) is not None]
    originals = {tuple(read(ds, other)) for other in others}
    return (len(others) > 1 and len(originals) == 1 and tuple(read(ds, plugin) or []) not in originals
            and all(read(clean, other) == read(clean, plugin) for other in others))


def available(syntax):
    try:
        plugins = list(get_decoder(syntax).available_plugins)
    except NotImplementedError:
        return []
    # Native pixels need no plugin.
    return plugins or [""] if syntax in NATIVE else plugins


def each(result, name, work, counts):
    """How many frames agree. What reads neither before nor after says nothing."""
    try:
        counts[name or "itself"] = work()
    except Difference as difference:
        result["differences"].append(str(difference))
    except UnreadableBefore as error:
        result["notes"].append("%s does not read the original: %s" % (name or "pydicom", str(error)[:120]))
    except subprocess.TimeoutExpired:
        result["notes"].append("%s takes too long" % name)


class UnreadableBefore(Exception):
    pass


def compare_all(ds, before, after, frames, box, who):
    count = 0
    lossy = ds.file_meta.TransferSyntaxUID in DCT
    for frame in frames:
        try:
            old = next(before)
        except (Exception, StopIteration) as error:
            raise UnreadableBefore("%s: %s" % (type(error).__name__, error)) from error
        try:
            new = next(after)
        except (Exception, StopIteration) as error:
            raise Difference("%s does not read frame %d any more: %s: %s" % (who, count + 1, type(error).__name__, str(error)[:160])) from error
        # A block of one value is as dark as a step of its table lets it be.
        compare(ds, old, new, frame, box, "%s, frame %d" % (who, count + 1), max(2, 1 << ds.BitsStored >> 7) if lossy else 0)
        count += 1
    return count


def compare_coded(ds, old, new, box, folder, result):
    syntax = ds.file_meta.TransferSyntaxUID
    for number, (before, after) in enumerate(zip(old, new)):
        if not before:
            continue
        try:
            if before == after:
                result["untouched"] += 1
                continue
            how = (same_native(ds, before, after, box) if syntax in NATIVE else same_runs(ds, before, after, box) if syntax == RLE
                   else same_blocks(ds, before, after, box, folder) if syntax in DCT else None)
            if how:
                result["coded"][how] = result["coded"].get(how, 0) + 1
        except Difference as difference:
            result["differences"].append("frame %d: %s" % (number + 1, difference))
            return
        except Exception as error:
            result["notes"].append("coded bytes not compared: %s: %s" % (type(error).__name__, error))
            return


def same_again(words, clean, frames, folder, count, result):
    """What is cleaned once more was black there before: every frame stays byte for byte."""
    again = os.path.join(folder, "again.dcm")
    done = subprocess.run([*words, clean, again], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        result["differences"].append("what was cleaned cannot be cleaned again: " + refusal(done.stderr))
        return
    try:
        same = [before == after for before, after in zip(frames, stored_frames(pydicom.dcmread(again, force=True), count))]
    except Exception as error:
        result["notes"].append("coded bytes not compared: %s" % error)
        return
    result["untouched"] += sum(same)
    if not all(same):
        result["differences"].append("frame %d was black there before, and is not the same byte for byte" % (same.index(False) + 1))


def apart(path, asked):
    """In a process of its own: a decoder that crashes over a damaged file ends nothing else."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            os.setpgid(0, 0)
            with open(os.devnull, "w") as null:
                os.dup2(null.fileno(), 1)
                os.dup2(null.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = look_at(path, asked, folder)
                except Exception:
                    found = {"syntax": "?", "error": traceback.format_exc(limit=3)}
            with os.fdopen(writing, "wb") as file:
                file.write(json.dumps(found).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    data = b""
    while True:
        if not select.select([reading], [], [], SECONDS * 4)[0]:
            os.killpg(child, signal.SIGKILL)
            break
        part = os.read(reading, 1 << 16)
        if not part:
            break
        data += part
    os.close(reading)
    os.waitpid(child, 0)
    return json.loads(data) if data else {"syntax": "?", "error": "the comparing process ended"}


def files_of(places):
    for place in places:
        if os.path.isfile(place):
            yield place
        for folder, _, names in sorted(os.walk(place)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path


def table(totals):
    lines = ["| transfer syntax | files | frames | compared with pydicom | by | compared with DCMTK | coded bytes compared | left byte for byte | refused | differences |",
             "| --- | ---: | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: |"]
    for syntax, total in sorted(totals.items(), key=lambda item: [int(part) for part in item[0].split(".") if part.isdigit()]):
        name = UID_dictionary.get(syntax, ("not registered",))[0].split(":")[0].split(", Non")[0].strip()
        coded = ", ".join("%s of %d" % item for item in sorted(total["coded"].items())) or "none"
        plugins = ", ".join(sorted(total["plugins"])) or "nobody"
        tested = "%d" % total["dcmtk"] if syntax in DCMTK else "it has none"
        lines.append("| %s (`%s`) | %d | %d | %d | %s | %s | %s | %d | %d | %d |" % (
            name, syntax, total["files"], total["frames"], total["pydicom"], plugins, tested, coded, total["untouched"], total["refused"], total["differences"]))
    return lines


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("places", nargs="+")
    options.add_argument("--cordon", default=".build/release/cordon")
    options.add_argument("--markdown")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--verbose", action="store_true", help="what a decoder could not read before, too")
    asked = options.parse_args()
    asked.cordon = os.path.abspath(asked.cordon)
    totals = {}
    reasons = collections.Counter()
    notes = collections.Counter()
    for path in files_of(asked.places):
        found = apart(path, asked)
        if found is None:
            continue
        total = totals.setdefault(found["syntax"], {"files": 0, "frames": 0, "pydicom": 0, "plugins": set(), "dcmtk": 0, "coded": collections.Counter(), "untouched": 0,
                                                    "refused": 0, "differences": 0})
        total["files"] += 1
        if "error" in found:
            total["differences"] += 1
            print("%s: not compared: %s" % (path, found["error"]), flush=True)
            continue
        total["frames"] += found["frames"]
        total["pydicom"] += max(found["pydicom"].values(), default=0)
        total["plugins"] |= set(found["pydicom"])
        total["dcmtk"] += found["dcmtk"]
        total["coded"].update(found["coded"])
        total["untouched"] += found["untouched"]
        total["differences"] += len(found["differences"])
        if "refused" in found:
            total["refused"] += 1
            reasons[(found["syntax"], found["refused"])] += 1
        for line in found["differences"]:
            print("%s: %s" % (path, line), flush=True)
        for line in found["notes"]:
            notes[line.split(": ")[0]] += 1
            if asked.verbose:
                print("%s: %s" % (path, line), flush=True)
    lines = table(totals)
    print("\n".join(["", *lines, "", "Refused:"] + ["%5d  %s  %s" % (count, syntax, reason) for (syntax, reason), count in sorted(reasons.items())]))
    print("\n".join(["", "Not compared by one decoder or another:"] + ["%5d  %s" % (count, note) for note, count in sorted(notes.items())]))
    if asked.markdown:
        with open(asked.markdown, "w") as file:
            file.write("\n".join(lines) + "\n")
    differences = sum(total["differences"] for total in totals.values())
    print("\n%d files, %d frames, %d differences" % (sum(total["files"] for total in totals.values()), sum(total["frames"] for total in totals.values()), differences))
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
