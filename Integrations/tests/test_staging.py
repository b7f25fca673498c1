import json
import logging
import os
import sys
import tempfile
import time
import unittest
import urllib.request

from support import Site
from cordon_batch import running, staging
from cordon_batch.protocol import WorkerFailed
from cordon_batch.report import Report


class StagingTests(Site):
    """Studies in object storage, against moto's server."""

    def setUp(self):
        super().setUp()
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        # Servers of one process have one memory.
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        self.options = {
            "key": "test", "secret": "test", "client_kwargs": {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-central-1"}}
        self.files, _ = staging.system("s3://studies", self.options)
        self.files.mkdir("studies")
        self.files.mkdir("batch")

    def put(self, count):
        """Studies in the bucket, and a list of work."""
        lines = []
        for line in self.studies(count):
            item = json.loads(line)
            key = f"studies/{item['id']}"
            self.files.put(item["path"] + "/", key + "/", recursive=True)
            lines.append({"id": item["id"], "url": f"s3a://{key}/" if item["id"] == "item-2" else f"s3://{key}"})
        return lines

    def test_studies_come_whole_and_go_whole_and_no_file_stays_behind(self):
        items = self.put(4)
        alone = self.alone([json.dumps({"id": f"item-{one}", "path": self.path("in", "GEHEIMNIS^ROSALINDE", f"s{one}")})
                            for one in range(1, 5)])
        scratch = self.path("scratch")
        os.mkdir(scratch)
        gone = {"id": "gone", "url": "s3://studies/GEHEIM/"}
        report = Report()
        for result in running.run(
            self.command, [*items, gone], "s3://batch/one", scratch=scratch, options=self.options):
            report.add(result)
        summary = report.summary()
        self.assertEqual((summary["done"], summary["failed"]), (4, 1))
        self.assertEqual(summary["failures"][0]["id"], "gone")
        self.names_nobody(json.dumps(summary))
        self.assertEqual(os.listdir(scratch), [])
        self.assertEqual(staging.fetch("s3://batch/one", self.path("fetched"), self.options), 4)
        self.assertEqual(self.tree(self.path("fetched", "items")), alone)
        self.assertEqual(staging.fetch("s3://batch/one", self.path("fetched"), self.options), 0)
        # What storage has is what release takes.
        self.cordon(
            "release", "--rules", self.path("rules.xml"), "--snapshot", self.path("snapshot"), "--registry",
            self.registry(), "--as", "clerk", self.path("fetched"), self.path("published"))
        self.assertEqual(len(self.tree(self.path("published", "released"))), 6)

    def test_an_item_without_its_mark_is_not_there_and_is_stored_again(self):
        items = self.put(1)
        for _ in running.run(self.command, items, "s3://batch/two", options=self.options):
            pass
        marks = [one for one in self.files.find("batch/two") if one.endswith(staging.MARK)]
        whole = {one: self.files.cat(one) for one in self.files.find("batch/two")}
        self.files.rm(marks[0])
        self.assertEqual(staging.fetch("s3://batch/two", self.path("none"), self.options), 0)
        for _ in running.run(self.command, items, "s3://batch/two", options=self.options):
            pass
        self.files.invalidate_cache()
        self.assertEqual({one: self.files.cat(one) for one in self.files.find("batch/two")}, whole)

    def test_a_worker_that_dies_leaves_no_study_behind(self):
        items = self.put(4)
        scratch = self.path("scratch")
        os.mkdir(scratch)
        dying = [sys.executable, "-c", "import sys; sys.stdin.readline(); raise SystemExit(9)"]
        with self.assertRaises(WorkerFailed):
            list(running.run(dying, items, self.path("out"), scratch=scratch, options=self.options))
        # What stages must not go on when nobody waits for it.
        time.sleep(1)
        self.assertEqual(os.listdir(scratch), [])

    def test_an_item_whose_members_are_not_of_the_protocol_is_refused_and_the_others_are_done(self):
        good = self.put(1)
        bad = [
            {"id": "member", "url": "s3://studies/item-1", "exclude": "IM2"},
            {"id": "version", "url": "s3://studies/item-1", "protocol": "cordon-batch/2"},
            {"id": "number", "url": 7}, {"id": "text", "urls": "s3://studies/item-1"}, {"id": "bracket", "url": "nowhere://[GEHEIM"},
        ]
        results = list(running.run(self.command, [*bad, *good], self.path("out"), options=self.options))
        self.assertEqual({result["id"]: result["status"] for result in results}, {
            **{item["id"]: "failed" for item in bad}, "item-1": "done"})
        self.names_nobody(json.dumps(results))

    def test_objects_of_other_studies_and_objects_with_one_name_are_an_error(self):
        import fsspec

        memory = fsspec.filesystem("memory")
        for name in ["two/a//b", "two/a/b", "three4/a"]:
            memory.pipe_file(f"/staging/{name}", b"x")
        for name in ["two", "three"]:
            with self.assertRaises(OSError):
                staging.stage(f"memory://staging/{name}", tempfile.mkdtemp(dir=self.folder))

    def test_one_object_is_a_study_and_a_prefix_without_objects_is_none(self):
        folder = self.add(1, instances=1)
        self.files.put_file(os.path.join(folder, "IM1"), "studies/one.dcm")
        target = staging.stage("s3://studies/one.dcm", self.folder, self.options)
        self.assertEqual(os.path.basename(target), "one.dcm")
        local = self.path("prefix")
        os.mkdir(local)
        with self.assertRaises(FileNotFoundError):
            staging.stage("s3://studies/nothing", local, self.options)


if __name__ == "__main__":
    unittest.main()
