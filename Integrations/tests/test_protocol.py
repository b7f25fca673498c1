import json
import os
import sys
import time
import unittest

from support import Site
from cordon_batch import running
from cordon_batch.protocol import Worker, WorkerFailed, items_of
from cordon_batch.report import Report


class ProtocolTests(Site):
    def test_each_item_has_a_result_and_a_bad_one_fails_alone(self):
        lines = self.studies(3) + [json.dumps({"id": "gone", "path": "/nowhere/GEHEIM"})]
        items = [item for _, item in items_of(lines)]
        report = Report(item["id"] for item in items)
        for result in running.run(self.command, items, self.path("out")):
            report.add(result)
        summary = report.summary()
        self.assertEqual((summary["done"], summary["failed"], summary["missing"]), (3, 1, []))
        self.assertEqual(summary["counts"]["sequestered"], 2)
        self.assertEqual(report.retryable(), {"gone"})
        self.assertEqual(report.status(), 3)
        self.names_nobody(json.dumps(summary))

    def test_a_worker_that_dies_falls_silent_or_speaks_otherwise_is_an_error(self):
        def failure(script, **options):
            with self.assertRaises(WorkerFailed) as caught:
                list(Worker([sys.executable, "-c", script], **options).results([{"id": "1", "path": "/a"}]))
            return str(caught.exception)

        self.assertIn("status 4", failure("raise SystemExit(4)"))
        self.assertIn("status 0", failure("print()"))
        self.assertIn("said nothing", failure("import time; time.sleep(600)", silence=1))
        # A script whose child lives on, and keeps standard output open.
        began = time.monotonic()
        self.assertIn("said nothing", failure(
            "import subprocess, time; subprocess.Popen(['sleep', '90'], stderr=subprocess.DEVNULL); time.sleep(600)", silence=1))
        self.assertLess(time.monotonic() - began, 60)
        self.assertIn("cordon-batch/9", failure("""print('{"type": "hello", "protocol": "cordon-batch/9"}')"""))

    def test_a_list_whose_items_cannot_be_told_apart_is_an_error(self):
        for lines in [["{"], ['{"path": "/a"}'], ['{"id": "GEHEIM ROSALINDE"}'], ['{"id": ""}'], ['{"id": "1\\n"}'],
                      ['{"id": "1"}', '{"id": "1"}'], ['{"protocol": "cordon-batch/2"}'], ["[]"]]:
            with self.assertRaises(ValueError) as caught:
                list(items_of(lines))
            self.names_nobody(str(caught.exception))
        self.assertEqual(list(items_of(["", '{"protocol": "cordon-batch/1"}'])), [])

    def test_an_item_that_failed_and_then_went_well_went_well(self):
        report = Report(["1"])
        report.add({"id": "1", "status": "failed", "error": "x", "retry": True})
        good = {"id": "1", "status": "done", "inputDigest": "d", "basis": "b", "counts": dict.fromkeys(
            ["released", "flagged", "deidentified", "sequestered", "duplicates", "notDICOM", "studies"], 0),
            "inputs": {"files": 1, "bytes": 1}}
        report.add(good)
        report.add({"id": "1", "status": "failed", "error": "x", "retry": True})
        self.assertEqual((report.summary()["done"], report.status()), (1, 0))


if __name__ == "__main__":
    unittest.main()
