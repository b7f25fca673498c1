#!/usr/bin/env python3
"""Spark in local mode beside workers that are started by hand, on the same studies, one after the other in turn.

    make release && Benchmarks/spark.py --cordon .build/release/cordon [--rounds 5] [--files 2000] [--cores 2]

Run it by the Python that has PySpark (`.venv-integrations/bin/python`, which `make test-packages` makes). Time is wall time, after start-up:
of Spark from when the session is there and has run a task on each core, of workers from when each has said `hello`. In Spark's time is the start of its
worker processes, too: so there are two ratios within each round, of all of it, and of it without as much as the workers of the round took to start.
"""
import argparse
import json
import os
import queue
import shutil
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INTEGRATIONS = os.path.join(os.path.dirname(HERE), "Integrations")
sys.path[:0] = [HERE, INTEGRATIONS, os.path.join(INTEGRATIONS, "spark")]

import data  # noqa: E402

RULES = """<ruleset xmlns="urn:cordon:rules:1" id="bench" revision="1" tier="1">
  <include href="{profiles}"/>
  <audience id="research"><always><deidentify profile="ps3.15-basic"/></always></audience>
</ruleset>
"""


def native(command, lines, out, cores):
    """So many workers, which take items from one list as they get done. Returns seconds after start-up, and of start-up."""
    work = queue.Queue()
    for line in lines:
        work.put(line)
    workers, hellos, counts = [], [], []
    began = time.perf_counter()
    for _ in range(cores):
        workers.append(subprocess.Popen([*command, "--out", out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1))
    for worker in workers:
        hellos.append(json.loads(worker.stdout.readline()))
    ready = time.perf_counter()

    def serve(worker):
        done = 0
        while True:
            try:
                line = work.get_nowait()
            except queue.Empty:
                break
            worker.stdin.write(line + "\n")
            worker.stdin.flush()
            while True:
                message = json.loads(worker.stdout.readline())
                if message["type"] == "result":
                    break
            done += message["status"] == "done"
        worker.stdin.close()
        worker.stdout.read()
        worker.wait()
        counts.append(done)

    threads = [threading.Thread(target=serve, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = time.perf_counter()
    if sum(counts) != len(lines):
        sys.exit("a worker did not do all of its items")
    return ended - ready, ready - began


def spark(context, command, lines, out, results, batch):
    import cordon_spark

    began = time.perf_counter()
    report, summary = cordon_spark.run(context, lines, command, out, results, batch=batch)
    seconds = time.perf_counter() - began
    if summary["done"] != len(lines):
        sys.exit("Spark did not do all items")
    return seconds, summary["tasks"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", default=os.path.join(os.path.dirname(HERE), ".build", "release", "cordon"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--study", type=int, default=10, help="files of a study, which is an item")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--batch", type=int, default=100, help="items for a worker process at least")
    parser.add_argument("--work", default=os.path.join(os.path.dirname(HERE), "out", "bench", "spark"))
    arguments = parser.parse_args()
    cordon = os.path.abspath(arguments.cordon)
    work = os.path.abspath(arguments.work)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    data.images(os.path.join(work, "mr"), "1", data.MR, 128, arguments.files, arguments.study, 1)
    folders = sorted({folder for folder, _, names in os.walk(os.path.join(work, "mr")) if names})
    lines = [json.dumps({"id": f"item-{number}", "path": folder}) for number, folder in enumerate(folders)]
    with open(os.path.join(work, "rules.xml"), "w", encoding="utf-8") as file:
        file.write(RULES.format(profiles=os.path.join(os.path.dirname(HERE), "Rules", "profiles", "ps3.15.xml")))
    subprocess.run([cordon, "key", "new", os.path.join(work, "key")], check=True, stdout=subprocess.DEVNULL)
    command = [cordon, "worker", "--batch", "--rules", os.path.join(work, "rules.xml"), "--audience", "research", "--key",
               os.path.join(work, "key"), "--at", "20260101000000"]

    from pyspark import SparkConf, SparkContext

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([INTEGRATIONS, os.path.join(INTEGRATIONS, "spark")])
    began = time.perf_counter()
    context = SparkContext(conf=SparkConf().setMaster(f"local[{arguments.cores}]").setAppName("bench").set(
        "spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false").set("spark.driver.bindAddress", "127.0.0.1").set("spark.driver.host", "127.0.0.1").set(
        "spark.local.dir", work).set("spark.log.level", "ERROR"))
    context.parallelize(range(arguments.cores * 4), arguments.cores).map(lambda one: one).count()
    started = time.perf_counter() - began
    print(f"{arguments.files} files in {len(lines)} studies, {arguments.cores} cores; Spark began in {started:.1f} s")
    rows = []
    for number in range(arguments.rounds):
        row = {}
        for name in ["native", "spark"] if number % 2 == 0 else ["spark", "native"]:
            out = os.path.join(work, "out")
            shutil.rmtree(out, ignore_errors=True)
            os.sync()
            if name == "native":
                row["native"], row["start"] = native(command, lines, out, arguments.cores)
            else:
                row["spark"], row["tasks"] = spark(
                    context, command, lines, out, os.path.join(work, f"results-{number}"), arguments.batch)
        rows.append(row)
        row["all"] = row["spark"] / row["native"]
        row["after"] = (row["spark"] - row["start"]) / row["native"]
        print(f"round {number + 1}: native {row['native']:.2f} s (and {row['start']:.2f} s to start), Spark {row['spark']:.2f} s in "
              f"{row['tasks']} tasks, ratio {row['all']:.2f}, after start-up {row['after']:.2f}", flush=True)
    context.stop()

    def spread(name):
        values = [row[name] for row in rows]
        return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"

    print(f"median: native {spread('native')} s, Spark {spread('spark')} s, ratio {spread('all')}, "
          f"after start-up {spread('after')}, load {os.getloadavg()[0]:.1f}")
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
