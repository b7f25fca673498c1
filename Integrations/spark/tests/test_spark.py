import glob
import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests"))
from support import Site  # noqa: E402


def missing():
    """Why Spark cannot run here; None when it can."""
    if not shutil.which("java"):
        return "there is no Java"
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "there is no PySpark"
    return None


@unittest.skipIf(missing(), f"skipped: Spark: {missing()}")
class SparkTests(Site):
    """One session, for it takes long to begin: `local[2,3]` tries a task three times."""

    def setUp(self):
        super().setUp()
        from pyspark import SparkConf, SparkContext

        os.environ["PYSPARK_PYTHON"] = sys.executable
        integrations = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [os.path.abspath(integrations), os.path.abspath(os.path.join(integrations, "spark"))])
        self.context = SparkContext(conf=SparkConf().setMaster("local[2,3]").setAppName("test").set(
            "spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false").set("spark.driver.bindAddress", "127.0.0.1").set(
            "spark.driver.host", "127.0.0.1").set("spark.local.dir", self.folder).set("spark.log.level", "OFF"))
        self.addCleanup(self.context.stop)

    def test_a_job_whose_worker_dies_once_makes_what_one_worker_makes_and_again_finds_it_done(self):
        import cordon_spark

        lines = self.studies(8)
        alone = self.alone(lines)
        # The first worker of all dies after its first result, as when a machine goes.
        once = self.path("once.sh")
        with open(once, "w", encoding="utf-8") as file:
            file.write(f"""#!/bin/sh
if mkdir {self.path('died')} 2>/dev/null; then
    "$@" | head -n 2
    exit 9
fi
exec "$@"
""")
        os.chmod(once, 0o755)
        bad = json.dumps({"id": "bad", "url": "ftp://x/GEHEIM"})
        gone = json.dumps({"id": "gone", "path": "/nowhere/GEHEIM"})
        report, summary = cordon_spark.run(
            self.context, [*lines, bad, gone], ["/bin/sh", once, *self.command], self.path("out"), self.path("results"),
            batch=3, attempts=2)
        self.assertTrue(os.path.exists(self.path("died")))
        self.assertEqual(self.tree(self.path("out", "items")), alone)
        self.assertEqual((summary["done"] + summary["present"], summary["failed"]), (8, 2), summary)
        self.assertEqual((summary["missing"], summary["attempts"], report.status()), ([], 2, 3))
        self.assertEqual(summary["counts"]["sequestered"], 2)
        self.assertEqual(len(summary["bases"]), 1)
        self.assertEqual([one["id"] for one in summary["failures"]], ["bad", "gone"])
        self.names_nobody(json.dumps(summary))
        for part in glob.glob(self.path("results", "*", "part-*")):
            with open(part, encoding="utf-8") as file:
                self.names_nobody(file.read())
        # Speculation runs a task twice at once: here two tasks have the same items.
        twice = self.context.parallelize(lines + lines, 2).mapPartitions(
            cordon_spark.partition(self.command, self.path("twice"), 600, None, None))
        ends = [json.loads(line)["status"] for line in twice.collect()]
        self.assertEqual((len(ends), ends.count("done"), ends.count("present")), (16, 8, 8))
        self.assertEqual(self.tree(self.path("twice", "items")), alone)
        parts = [option for part in sorted(glob.glob(self.path("results", "*", "part-*"))) for option in ["--results", part]]
        self.cordon(
            "release", "--rules", self.path("rules.xml"), "--snapshot", self.path("snapshot"), "--registry",
            self.registry(), "--as", "clerk", *parts, self.path("out"), self.path("published"), expecting=(3,))
        self.assertEqual(len(self.tree(self.path("published", "released"))), 14)


if __name__ == "__main__":
    unittest.main()
