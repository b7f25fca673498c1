"""peers.py TOOL IN OUT: drives Python tools that have no command of their own for folders. The tree is kept; a file that a
tool cannot take is counted, and does not end the run."""
import os
import sys
import warnings

warnings.simplefilter("ignore")


def dcmanon():
    from dcmanon import Anonymizer
    anonymizer = Anonymizer()

    def one(source, target):
        with open(target, "wb") as out:
            out.write(anonymizer.anonymize(source))
    return one


def dicom_anonymizer():
    from dicomanonymizer import anonymize_dicom_file
    return lambda source, target: anonymize_dicom_file(source, target)


def pydicom():
    """What a careful user of pydicom writes: text of persons, places and times out, UIDs mapped, private elements out."""
    import hashlib
    import pydicom

    def mapped(uid):
        return "2.25.%d" % int.from_bytes(hashlib.sha256(b"key" + str(uid).encode()).digest()[:16], "big")

    def clean(dataset):
        dataset.remove_private_tags()
        for element in list(dataset):
            if element.VR == "SQ":
                for item in element.value:
                    clean(item)
            elif element.VR == "UI" and "Class" not in element.keyword and "Syntax" not in element.keyword:
                element.value = mapped(element.value)
            elif element.VR in ("DA", "DT", "LT", "PN", "SH", "ST", "TM", "UT") or element.tag.group == 0x0010:
                element.clear()

    def one(source, target):
        dataset = pydicom.dcmread(source)
        clean(dataset)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(target)
    return one


def idiscore():
    import pydicom
    from idiscore.defaults import create_default_core
    core = create_default_core()
    return lambda source, target: core.deidentify(pydicom.dcmread(source)).save_as(target)


def fw_file_rs():
    """Without sequences: with `recurse-sequence` it fails on every file of the CT set."""
    from fw_file_rs.dcm import Context
    import pydicom.datadict
    profile = ["version: 1", "name: basic", "dicom:", "  remove-private-tags: true", "  recurse-sequence: false", "  fields:"]
    for keyword in KEYWORDS:
        isUID = pydicom.datadict.dictionary_VR(keyword) == "UI"
        profile += ["    - name: " + keyword, "      hashuid: true" if isUID else "      remove: true"]
    context = Context().deid_profile("\n".join(profile) + "\n")

    def one(source, target):
        with open(source, "rb") as file:
            content = context.deid_header(file.read())
        with open(target, "wb") as out:
            out.write(content)
    return one


# What stands in nearly every header and PS3.15 Table E.1-1 has out.
KEYWORDS = """AccessionNumber AcquisitionDate AcquisitionTime ContentDate ContentTime DeviceSerialNumber FrameOfReferenceUID
    InstitutionAddress InstitutionName InstitutionalDepartmentName NameOfPhysiciansReadingStudy OperatorsName PatientAge PatientBirthDate
    PatientComments PatientID PatientName PatientSex PatientSize PatientWeight PerformingPhysicianName ProtocolName
    ReferringPhysicianName SOPInstanceUID SeriesDate SeriesDescription SeriesInstanceUID SeriesTime StationName StudyDate
    StudyDescription StudyID StudyInstanceUID StudyTime""".split()


def deid(source, target):
    """It takes lists of files and writes into one folder: a call for each folder, as its documentation has it."""
    import deid.logger
    from deid.config import DeidRecipe
    from deid.dicom import get_identifiers, replace_identifiers
    deid.logger.bot.level = 0
    recipe = DeidRecipe()
    for folder, folders, names in os.walk(source):
        folders.sort()
        if not names:
            continue
        out = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(out, exist_ok=True)
        paths = [os.path.join(folder, name) for name in sorted(names)]
        identifiers = get_identifiers(paths, expand_sequences=True)
        replace_identifiers(dicom_files=paths, deid=recipe, ids=identifiers, save=True, output_folder=out, overwrite=True,
                            strip_sequences=False, remove_private=True)


def fastdicom_id():
    import fastdicom
    return lambda path: fastdicom.dcmread(path, stop_before_pixels=True).get("PatientID", None)


def dicomsdl_id():
    import dicomsdl

    def read(path):
        return dicomsdl.open(path, load_until=0x00100020).PatientID
    return read


def pydicom_id():
    import pydicom

    def read(path):
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"]).get("PatientID")
    return read


CHANGING = {"dcmanon": dcmanon, "dicom-anonymizer": dicom_anonymizer, "pydicom": pydicom, "idiscore": idiscore,
            "fw-file-rs": fw_file_rs}
FINDING = {"dicomsdl-filter": dicomsdl_id, "fastdicom-filter": fastdicom_id, "pydicom-filter": pydicom_id}


def files(folder):
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(path, name)


def main():
    name, source, target = sys.argv[1:4]
    failed = 0
    if name in FINDING:
        with open(target) as rows:
            listed = set(rows.read().split())
        read = FINDING[name]()
        for path in files(source):
            if read(path) in listed:
                print(path)
        return
    if name == "deid":
        return deid(source, target)
    one = CHANGING[name]()
    for path in files(source):
        out = os.path.join(target, os.path.relpath(path, source))
        os.makedirs(os.path.dirname(out), exist_ok=True)
        try:
            one(path, out)
        except Exception as error:
            failed += 1
            print("%s: %s" % (type(error).__name__, error), file=sys.stderr)
    sys.exit(1 if failed else 0)


main()
