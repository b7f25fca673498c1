"""A site in a folder of its own: rules, a key, studies of invented patients, and the built command."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for folder in ["Integrations", "Integrations/spark", "Integrations/slurm", "Integrations/slurm/tests"]:
    sys.path.insert(0, os.path.join(ROOT, folder))
CORDON = os.environ.get("CORDON_COMMAND", os.path.join(ROOT, ".build", "debug", "cordon"))
NAME = "GEHEIMNIS^ROSALINDE"

RULES = """<ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
  <include href="{root}/Rules/profiles/ps3.15.xml"/>
  <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
  <tier number="2">
    <rule id="marked"><when><equals attribute="PatientComments" value="VIP"/></when><tag study="vip"/></rule>
  </tier>
  <audience id="research">
    <always><deidentify profile="ps3.15-basic"/></always><on label="vip"><sequester/></on>
  </audience>
</ruleset>
"""


class Site(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cordon-integration-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        with open(self.path("rules.xml"), "w", encoding="utf-8") as file:
            file.write(RULES.format(root=ROOT))
        self.cordon("key", "new", self.path("key"))
        self.cordon("registry", "snapshot", "--registry", self.registry(), "--as", "clerk", self.path("snapshot"))
        self.command = [
            CORDON, "worker", "--batch", "--rules", self.path("rules.xml"), "--audience", "research", "--key",
            self.path("key"), "--snapshot", self.path("snapshot"), "--heartbeat", "1"]

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def registry(self):
        """A registry that is there: the first label makes it."""
        folder = self.path("registry")
        if not os.path.exists(folder):
            self.cordon("label", "add", "vip", "--registry", folder, "--as", "clerk", "--patient", "NOBODY",
                        "--reason", "begun")
        return folder

    def cordon(self, *arguments, expecting=(0,)):
        done = subprocess.run([CORDON, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertIn(done.returncode, expecting, done.stderr)
        return done.stdout

    def add(self, study, instances=2, comments=None):
        """Writes a study below `in/<the patient's name>/`; returns its folder."""
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian

        folder = self.path("in", NAME, f"s{study}")
        os.makedirs(folder)
        for number in range(1, instances + 1):
            data = Dataset()
            data.file_meta = FileMetaDataset()
            data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            root = f"1.2.826.0.1.3680043.8.498.{1000 + study}"
            data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"{root}.1.{number}"
            data.StudyInstanceUID, data.SeriesInstanceUID = root, f"{root}.1"
            data.PatientName, data.PatientID, data.PatientBirthDate = NAME, f"GEHEIM-{study}", "19700101"
            data.Modality, data.StudyDate, data.InstanceNumber = "CT", "20260101", str(number)
            if comments:
                data.PatientComments = comments
            data.Rows = data.Columns = 8
            data.BitsAllocated = data.BitsStored = 8
            data.HighBit, data.PixelRepresentation, data.SamplesPerPixel = 7, 0, 1
            data.PhotometricInterpretation = "MONOCHROME2"
            data.PixelData = bytes((study * 7 + number + place) % 256 for place in range(64))
            data.save_as(os.path.join(folder, f"IM{number}"), enforce_file_format=True)
        return folder

    def studies(self, count):
        """So many studies, and a list of work with an item for each; the first is a VIP's."""
        items = [{"id": f"item-{number}", "path": self.add(number, comments="VIP" if number == 1 else None)}
                 for number in range(1, count + 1)]
        return [json.dumps(item) for item in items]

    def work(self, lines):
        with open(self.path("work.ndjson"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return self.path("work.ndjson")

    def tree(self, folder):
        """Every file below a folder, with its bytes."""
        found = {}
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
        return found

    def alone(self, lines, out="alone"):
        """What one worker makes of a list."""
        subprocess.run([*self.command, "--out", self.path(out), self.work(lines)], stdout=subprocess.DEVNULL, check=False)
        return self.tree(self.path(out, "items"))

    def names_nobody(self, text):
        for planted in ["GEHEIM", "ROSALINDE", "1.2.826.0.1.3680043.8.498"]:
            self.assertNotIn(planted, text)
