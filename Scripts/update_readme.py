"""Puts what the command prints into README.md, where it shows it: update_readme.py (after `make build`). A test holds it against the command."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def output(*arguments):
    environment = os.environ | {"COLUMNS": "118"}
    command = [ROOT / ".build/debug/cordon", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout


def indented(text):
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def main():
    readme = (ROOT / "README.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        output("key", "new", f"{folder}/key")
        table = output(
            "apply", "--rules", "Rules/sites/general-hospital.xml", "--audience", "research", "--key", f"{folder}/key",
            "--show-values", "Examples/studies", f"{folder}/out")
    checked = output("check", "Examples/first.xml")
    explained = output("explain", "--rules", "Examples/first.xml", "Examples/studies/07-marked-by-the-sender")
    rules = (ROOT / "Examples/first.xml").read_text()
    for pattern, text in [
        (r"```\nstudy  patient ID.*?```\n", f"```\n{table}```\n"),
        (r"```xml\n.*?```\n", f"```xml\n{rules}```\n"),
        (r"(?<=cordon check Examples/first.xml\n).*?\n(?=\n)", indented(checked)),
        (r"(?<=07-marked-by-the-sender\n).*?(?=\nAn editor)", indented(explained)),
    ]:
        readme, count = re.subn(pattern, lambda _: text, readme, flags=re.S)
        assert count == 1, pattern
    (ROOT / "README.md").write_text(readme)


if __name__ == "__main__":
    main()
