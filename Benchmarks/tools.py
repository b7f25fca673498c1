"""What is measured: each tool as a command from a folder to a folder, and what it needs to be there.

`cp -r` is the floor. Peers do the nearest that they have to the Basic Profile of PS3.15 with their own defaults; what each
leaves behind is not looked at here, only how long it takes.
"""
import glob
import os
import shutil
import sys
import sysconfig

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = ("ct", "mr", "enhanced")
# How many files of a set a tool gets that takes long for each; the rest of its time for the set would be the same again.
PART = {"ct": 200, "mr": 500, "enhanced": 2}
LITTLE = {"ct": 50, "mr": 50, "enhanced": 1}


class Tool:
    """A row of the table. `command` has {in}, {out} and {work}; `floor` names the row that it is compared with."""

    def __init__(self, name, command, floor="cp -r", sets=ALL, is_ours=False, missing=None, environment=None, limit=None):
        self.name, self.command, self.floor, self.sets = name, command, floor, sets
        self.is_ours, self.missing, self.environment, self.limit = is_ours, missing, environment or {}, limit or {}


def program(name):
    return None if shutil.which(name) else "`%s` is not installed" % name


def module(name):
    import importlib.util
    return None if importlib.util.find_spec(name) else "the Python package `%s` is not installed" % name


def installed(variable, file):
    """What a tool without a package of its own needs: a folder that a variable names, with this file in it."""
    folder = os.environ.get(variable, "")
    return None if os.path.exists(os.path.join(folder, file)) and folder else "%s names no folder with `%s`" % (variable, file)


def idiscore():
    """It needs an older pydicom than the others, and so has a Python environment of its own."""
    python = os.path.abspath(HERE + "/../.venv-bench-idiscore/bin/python")
    return python, None if os.path.exists(python) else "the Python package `idiscore` is not installed"


def without_sync():
    """The library that makes fsync do nothing, for a comparison with tools that never wait for the disk."""
    found = glob.glob("/usr/lib/*/libeatmydata.so") + glob.glob("/usr/lib/libeatmydata.so")
    return found[0] if found else None


def ours(cordon, rules, jobs):
    return [cordon, "apply", "--quiet", "--rules", rules, "--audience", "basic", "--key", "{work}/site.key", "--jobs", str(jobs),
            "--at", "20261124120000", "{in}", "{out}"]


def deidentifiers(cordon, rules):
    python, eat = sys.executable, without_sync()
    scripts = sysconfig.get_path("scripts")
    ctp = os.environ.get("CTP_HOME", "")
    old, no_idiscore = idiscore()
    copy_and_sync = 'cp -r "$0" "$1" && find "$1" -type f -print0 | xargs -0 sync'
    library = None if eat else "`libeatmydata` is not installed"
    return [
        Tool("cp -r", ["cp", "-r", "{in}", "{out}"]),
        Tool("cp -r, then sync of the files", ["sh", "-c", copy_and_sync, "{in}", "{out}"]),
        Tool("cordon, 1 job, no sync", ours(cordon, rules, 1), is_ours=True, missing=library,
             environment={"LD_PRELOAD": eat or ""}),
        Tool("cordon, 1 job, 1 processor, no sync", ["taskset", "-c", "0"] + ours(cordon, rules, 1), is_ours=True,
             missing=library or program("taskset"), environment={"LD_PRELOAD": eat or ""}),
        Tool("cordon, 1 job", ours(cordon, rules, 1), floor="cp -r, then sync of the files", is_ours=True),
        Tool("cordon, 2 jobs, no sync", ours(cordon, rules, 2), is_ours=True, missing=library,
             environment={"LD_PRELOAD": eat or ""}),
        Tool("gdcmanon", ["gdcmanon", "-e", "-c", "{work}/cert.pem", "--continue", "-r", "-i", "{in}", "-o", "{out}"],
             missing=program("gdcmanon") or program("openssl")),
        Tool("dcmodify", [HERE + "/dcmodify.sh", "{in}", "{out}"], missing=program("dcmodify")),
        Tool("dcmanon", [python, HERE + "/peers.py", "dcmanon", "{in}", "{out}"], missing=module("dcmanon")),
        Tool("dicom-anonymizer", [python, HERE + "/peers.py", "dicom-anonymizer", "{in}", "{out}"],
             missing=module("dicomanonymizer"), limit=PART),
        Tool("dicognito", [python, "-m", "dicognito", "-q", "--seed", "x", "-o", "{out}", "{in}"],
             missing=module("dicognito"), limit=PART),
        Tool("dcm-anonymizer", [scripts + "/dcm-anon", "--quiet", "--continue-on-error", "{in}", "{out}"],
             missing=None if os.path.exists(scripts + "/dcm-anon") else "`dcm-anon` is not installed", limit=PART),
        Tool("pydicom", [python, HERE + "/peers.py", "pydicom", "{in}", "{out}"], missing=module("pydicom"), limit=PART),
        Tool("fw-file-rs", [python, HERE + "/peers.py", "fw-file-rs", "{in}", "{out}"], missing=module("fw_file_rs"), limit=PART),
        Tool("idiscore", [old, HERE + "/peers.py", "idiscore", "{in}", "{out}"], missing=no_idiscore, limit=PART),
        Tool("deid", [python, HERE + "/peers.py", "deid", "{in}", "{out}"], missing=module("deid"), limit=LITTLE),
        Tool("Orthanc", [python, HERE + "/orthanc.py", "{in}", "{out}"],
             missing=None if os.path.exists("/usr/sbin/Orthanc") else program("Orthanc"), limit=PART),
        Tool("dcm4che", [os.environ.get("DCM4CHE_HOME", "") + "/bin/deidentify", "{in}", "{out}"],
             missing=program("java") or installed("DCM4CHE_HOME", "bin/deidentify")),
        Tool("CTP", ["java", "-jar", ctp + "/DAT.jar", "-in", "{in}", "-out", "{out}", "-da", ctp + "/dicom-anonymizer.script",
                     "-n", "1"], missing=program("java") or installed("CTP_HOME", "DAT.jar"), limit={"mr": 1000}),
    ]


def filters(cordon):
    """Finding the files of listed patients. The floor reads the first 4 kB of each."""
    listed = HERE + "/filter.sh"
    return [
        Tool("first 4 kB of each", [listed, "floor", "{in}", "{work}/patients.csv"], sets=("mr",)),
        Tool("cordon, 1 job", [cordon, "apply", "--dry-run", "--quiet", "--rules", "{work}/listed.xml", "--audience", "found",
                               "--jobs", "1", "{in}", "{out}"], floor="first 4 kB of each", sets=("mr",), is_ours=True),
        Tool("cordon, 2 jobs", [cordon, "apply", "--dry-run", "--quiet", "--rules", "{work}/listed.xml", "--audience", "found",
                                "--jobs", "2", "{in}", "{out}"], floor="first 4 kB of each", sets=("mr",), is_ours=True),
        Tool("dcmdump", [listed, "dcmdump", "{in}", "{work}/patients.csv"], floor="first 4 kB of each", sets=("mr",),
             missing=program("dcmdump")),
        Tool("gdcmscanner", [listed, "gdcmscanner", "{in}", "{work}/patients.csv"], floor="first 4 kB of each", sets=("mr",),
             missing=program("gdcmscanner")),
        Tool("dicomsdl", [sys.executable, HERE + "/peers.py", "dicomsdl-filter", "{in}", "{work}/patients.csv"],
             floor="first 4 kB of each", sets=("mr",), missing=module("dicomsdl")),
        Tool("fastdicom", [sys.executable, HERE + "/peers.py", "fastdicom-filter", "{in}", "{work}/patients.csv"],
             floor="first 4 kB of each", sets=("mr",), missing=module("fastdicom")),
        Tool("pydicom", [sys.executable, HERE + "/peers.py", "pydicom-filter", "{in}", "{work}/patients.csv"],
             floor="first 4 kB of each", sets=("mr",), missing=module("pydicom")),
    ]


# Dry run, so that nothing is written: the studies of listed patients would be kept back, and are counted.
LISTED = """<ruleset xmlns="urn:cordon:rules:1" id="listed" revision="1">
  <vocabulary><label id="listed" tier="2" is-a="sensitive" system="local" code="LISTED"/></vocabulary>
  <list id="patients" href="patients.csv" key="PatientID"/>
  <tier number="2"><rule id="on-the-list"><when><in list="patients"/></when><tag patient="listed"/></rule></tier>
  <audience id="found"><always><release/></always><on label="listed"><sequester/></on></audience>
</ruleset>
"""
