import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests"))
from support import Site  # noqa: E402
import local_slurm  # noqa: E402

DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cordon_slurm.py")


class JobTests(Site):
    """What needs no Slurm: lists of work as tasks, tasks, and what they made."""

    def driver(self, *arguments, environment=None, expecting=0):
        done = subprocess.run(
            [sys.executable, DRIVER, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False)
        self.assertEqual(done.returncode, expecting, done.stderr)
        return done.stdout

    def split(self, lines, size=3):
        self.driver("split", self.work(lines), self.path("job"), "--size", str(size), "--out", self.path("out"), "--",
                    *self.command)

    def test_tasks_go_on_after_they_were_ended_and_collect_says_what_is_missing(self):
        lines = self.studies(5) + [json.dumps({"id": "gone", "path": "/nowhere/GEHEIM"})]
        alone = self.alone(lines)
        self.split(lines)
        self.driver("task", self.path("job"), "0")
        part = json.loads(self.driver("collect", self.path("job"), expecting=3))
        self.assertEqual(part["unfinishedTasks"], "1")
        self.assertEqual(part["missing"], ["gone", "item-4", "item-5"])
        # Ended in the middle, whenever that is, and run again.
        running = subprocess.Popen([sys.executable, DRIVER, "task", self.path("job"), "1"], stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        running.terminate()
        running.wait()
        self.driver("task", self.path("job"), "1")
        self.driver("task", self.path("job"), "1")
        whole = json.loads(self.driver("collect", self.path("job"), expecting=3))
        self.assertEqual((whole["unfinishedTasks"], whole["missing"], whole["failed"]), ("", [], 1))
        self.assertEqual(whole["done"] + whole["present"], 5)
        self.assertEqual(self.tree(self.path("out", "items")), alone)
        for name in ["report.json", "results.ndjson"]:
            with open(self.path("job", name), encoding="utf-8") as file:
                self.names_nobody(file.read())

    def test_a_bad_list_of_work_makes_no_job(self):
        work = self.work(['{"id": "1", "path": "/a"}', '{"id": "GEHEIM ROSALINDE", "path": "/b"}'])
        arguments = ["split", work, self.path("job"), "--out", self.path("out"), "--", *self.command]
        self.driver(*arguments, expecting=2)
        self.assertFalse(os.path.exists(self.path("job")))

    @unittest.skipIf(local_slurm.missing(), f"skipped: Slurm: {local_slurm.missing()}")
    def test_an_array_runs_is_requeued_and_ends_as_one_worker_would(self):
        lines = self.studies(6)
        alone = self.alone(lines)
        self.split(lines, size=2)
        with local_slurm.LocalSlurm(self.path("slurm")) as slurm:
            def submit():
                return self.driver(
                    "submit", self.path("job"), "--max-array", "2", "--", "--ntasks=1", environment=slurm.environment)

            said = submit()
            self.assertEqual(said.count("array "), 2)
            # One task is requeued, as when its node is needed by somebody else.
            slurm.run("scontrol", "requeue", said.split()[1].rstrip(":") + "_0", check=False)
            end = time.monotonic() + 300
            while not slurm.idle() and time.monotonic() < end:
                time.sleep(0.5)
            self.assertTrue(slurm.idle(), slurm.run("squeue"))
            self.assertIn("nothing to submit", submit())
        report = json.loads(self.driver("collect", self.path("job"), expecting=1))
        self.assertEqual((report["failed"], report["missing"], report["unfinishedTasks"]), (0, [], ""))
        self.assertEqual(report["counts"]["deidentified"], 10)
        self.assertEqual(self.tree(self.path("out", "items")), alone)


if __name__ == "__main__":
    unittest.main()
