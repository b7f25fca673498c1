"""Makes the studies under Examples/studies: `.venv/bin/python Scripts/make_examples.py [ROOT]`.

Pixels and technique are those of pydicom's own test files (MIT, Examples/NOTICE.md); everybody in them is made up here. The
same pydicom gives the same bytes.
"""

import hashlib
import io
import sys
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, UID

STUDY_DATE = "20310214"
KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"


def uid(*words):
    """A UUID-derived UID (PS3.5 B.2) of a name, so that each run makes the same ones."""
    digest = int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:16], "big")
    digest = digest & ~(0xF << 76) | 0x8 << 76
    return UID(f"2.25.{digest & ~(0x3 << 62) | 0x2 << 62}")


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


class Study:
    def __init__(self, folder, patient_id, name, birth_date, sex, description, address=None):
        self.folder, self.patient_id, self.name = folder, patient_id, name
        self.birth_date, self.sex, self.description, self.address = birth_date, sex, description, address
        self.count = 0

    def identify(self, data, series):
        """Whose it is, and of which study and series."""
        data.PatientName, data.PatientID, data.IssuerOfPatientID = self.name, self.patient_id, "GENERAL"
        data.PatientBirthDate, data.PatientSex = self.birth_date, self.sex
        data.PatientAge = f"{2030 - int(self.birth_date[:4]) + (self.birth_date[4:] <= STUDY_DATE[4:]):03}Y"
        if self.address:
            data.PatientAddress = self.address
        data.StudyInstanceUID, data.SeriesInstanceUID = uid(self.folder), uid(self.folder, series)
        data.StudyID, data.AccessionNumber = self.folder[:2], "A20310" + self.folder[:2]
        data.StudyDate = data.SeriesDate = STUDY_DATE
        data.StudyTime = data.SeriesTime = "101500"
        data.StudyDescription = self.description
        data.ReferringPhysicianName = "Lindqvist^Maja"
        data.InstitutionName = "General Hospital"
        for keyword in ("OtherPatientIDs", "OtherPatientIDsSequence", "PatientComments", "StationName"):
            if keyword in data:
                del data[keyword]

    def write(self, root, data, name):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.ImplementationClassUID = uid("Cordon", "examples")
        data.file_meta = meta
        path = root / self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        pydicom.dcmwrite(buffer, data, enforce_file_format=True)
        path.write_bytes(buffer.getvalue())
        return path

    def image(self, root, source, series="1", change=None):
        data = pydicom.dcmread(get_testdata_file(source))
        data.remove_private_tags()
        self.identify(data, series)
        self.count += 1
        data.InstanceNumber, data.SeriesNumber = self.count, int(series)
        data.SOPInstanceUID = uid(self.folder, series, str(self.count))
        if "FrameOfReferenceUID" in data:
            data.FrameOfReferenceUID = uid(self.folder, "frame of reference")
        for keyword in ("AcquisitionDate", "ContentDate", "InstanceCreationDate"):
            if keyword in data:
                setattr(data, keyword, STUDY_DATE)
        if change:
            change(data)
        self.write(root, data, f"{data.Modality}{self.count:02}.dcm")
        return data

    def hold(self, root, *images):
        """A Key Object Selection titled For Litigation (PS3.16 CID 7010) that names the images."""
        data = Dataset()
        data.SOPClassUID, data.SOPInstanceUID = UID(KEY_OBJECT_SELECTION), uid(self.folder, "hold")
        self.identify(data, "9")
        data.Modality, data.SeriesNumber, data.InstanceNumber, data.Manufacturer = "KO", 9, 1, ""
        data.ContentDate, data.ContentTime = "20310301", "090000"
        data.ReferencedPerformedProcedureStepSequence = Sequence()
        data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
        data.ConceptNameCodeSequence = Sequence([code("113021", "DCM", "For Litigation")])
        template = Dataset()
        template.MappingResource, template.TemplateIdentifier = "DCMR", "2010"
        data.ContentTemplateSequence = Sequence([template])
        content, references = [], []
        for image in images:
            reference = Dataset()
            reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
            references.append(reference)
            item = Dataset()
            item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
            item.ReferencedSOPSequence = Sequence([reference])
            content.append(item)
        series, evidence = Dataset(), Dataset()
        series.SeriesInstanceUID, series.ReferencedSOPSequence = images[0].SeriesInstanceUID, Sequence(references)
        evidence.StudyInstanceUID, evidence.ReferencedSeriesSequence = data.StudyInstanceUID, Sequence([series])
        data.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])
        data.ContentSequence = Sequence(content)
        self.write(root, data, "KO01.dcm")


def suspected_maltreatment(data):
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepID = "R77", "S77"
    request.ReasonForRequestedProcedureCodeSequence = Sequence([code("T74.1", "I10", "Physical abuse")])
    data.RequestAttributesSequence = Sequence([request])


def marked(data):
    # Sensitive Content Code Sequence, by its tag: it is younger than pydicom's dictionary.
    data.add_new(0x0008001D, "SQ", Sequence([code("131395", "DCM", "Sensitive Content")]))


def make(root):
    ct, mr, cr = "CT_small.dcm", "MR_small.dcm", "dicomdirtests/77654033/CR1/6154"

    study = Study("01-nothing-known", "GH-004001", "Berger^Anna", "19710308", "F", "CT thorax")
    study.image(root, ct)
    study.image(root, ct)

    study = Study("02-vip", "GH-000417", "Valdis^Octavia", "19620119", "F", "MR knee")
    study.image(root, mr)
    study.image(root, mr)

    Study("03-vip-who-consented", "GH-001204", "Moreau^Philippe", "19590630", "M", "CT sinus").image(root, ct)

    study = Study(
        "04-violence", "GH-003921", "Okafor^Ngozi", "19880412", "F", "Forearm, two views",
        address="14 Quince Lane, Ostermark")
    study.image(root, cr, change=suspected_maltreatment)

    Study("05-held", "GH-002600", "Doe^Richard", "19800101", "M", "CT abdomen").image(root, ct)

    study = Study("06-vip-and-held", "GH-000417", "Valdis^Octavia", "19620119", "F", "CT head after a fall")
    study.hold(root, study.image(root, ct))

    Study("07-marked-by-the-sender", "GH-004010", "Haddad^Karim", "20170917", "M", "MR spine").image(
        root, mr, change=marked)

    Study("08-screen-shot", "GH-004001", "Berger^Anna", "19710308", "F", "Worksheet").image(root, "SC_rgb_small_odd.dcm")

    whole = (root / "01-nothing-known/CT01.dcm").read_bytes()
    broken = root / "09-cut-off/CT01.dcm"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(whole[: len(whole) // 2])
    (root / "CONTENTS.txt").write_text("A file that is not DICOM: it is counted and left alone.\n")


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent) / "Examples/studies")
