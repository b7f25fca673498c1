"""Whether `cordon verify` finds all that was planted: planted_found.py SET... (after `make build`).

Each SET has `in/` and `answer_key.json`. The files are compared with unchanged copies of themselves, so that every planted
value that is to go under the profile "research" must be a finding at its own place. Prints found over planted by action,
and the places of what was missed; exit status 1 when something was.
"""

import collections
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
STAYS = {None, "preserve", "keep_pixels", "hide_pixels"}  # Pixels are not looked into.


def place(path):
    """`(0040,0275)[0].(0032,1060)`, as the key counts, as reports write it: `(0040,0275)/1/(0032,1060)`."""
    return re.sub(r"\[(\d+)\]\.", lambda m: f"/{int(m.group(1)) + 1}/", path).lower()


def findings(folder, work):
    copy, report = work / "copy", work / "report.json"
    shutil.copytree(folder / "in", copy)
    subprocess.run(
        [ROOT / ".build/debug/cordon", "verify", "--original", folder / "in", "--json", report, "--show-values", "--quiet", copy],
        check=False)
    places = collections.defaultdict(set)
    for finding in json.loads(report.read_text())["findings"]:
        places["in/" + finding["path"]].add(finding["place"].split(" ")[0].lower())
    return places


def main():
    missed = []
    for name in sys.argv[1:]:
        folder = Path(name)
        key = json.loads((folder / "answer_key.json").read_text())
        with tempfile.TemporaryDirectory() as work:
            places = findings(folder, Path(work))
        counts = collections.Counter()
        for entry in key["entries"]:
            action = entry["expect"].get("research")
            if action in STAYS:
                continue
            there = places[entry["file"]]
            path = entry.get("path")
            if path:
                found = any(at.startswith(place(path)) for at in there)
            else:
                found = any(not at.startswith("(") for at in there)
            counts[action, found] += 1
            if not found:
                missed.append((entry["id"], path or entry["where"]))
        for action in sorted({action for action, _ in counts}):
            found = counts[action, True]
            print(f"{folder.name}  {action:<12} {found:>5} of {found + counts[action, False]}")
    for identifier, where in missed:
        print("missed:", identifier, where)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
