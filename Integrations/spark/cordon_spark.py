#!/usr/bin/env python3
"""De-identifies studies on Apache Spark: a list of work in, studies in a batch folder and a report out.

    spark-submit --py-files cordon_batch.zip cordon_spark.py --out /shared/batch --results /shared/results \\
        work.ndjson -- cordon worker --batch --rules site.xml --audience research --key site.key --snapshot monday.snapshot

Paths go through Spark, not bytes. README.md says the rest.
"""
import argparse
import json
import sys

from cordon_batch import running
from cordon_batch.protocol import items_of, now
from cordon_batch.report import Report


def partition(command, out, silence, scratch, options):
    """What a Spark task does: one worker process for all items of its partition. Spark may run it twice, also at the same time
    (speculation): an item is in the batch folder once."""

    def work(lines):
        for result in running.run(
            command, (json.loads(line) for line in lines), out, silence=silence, scratch=scratch, options=options):
            yield json.dumps(result)

    return work


def run(context, lines, command, out, results, batch=100, attempts=3, silence=600, scratch=None, options=None):
    """
    context: a SparkContext.
    lines: the list of work, an item a line.
    command: `cordon worker --batch …` without `--out` and a list; its files must be there on every machine.
    out: a folder that all machines share, or a URL (`s3://…`).
    results: a folder for the results, that is not there yet: `<results>/1/part-*`, one folder for each attempt.
    batch: items for a worker process at least, so that its start costs little; fewer where there are fewer in all.
    attempts: for items that failed and may go better. Tasks whose worker dies Spark tries again itself.

    Returns the report.
    """
    began = now()
    work = {identity: json.dumps(item) for identity, item in items_of(lines)}
    report = Report(work)
    tasks = 0
    todo = list(work.values())
    attempt = 0
    while todo and attempt < attempts:
        attempt += 1
        # As many tasks as there are processors to run them, unless a task would have too few items.
        slices = max(1, min(len(todo) // batch, max(context.defaultParallelism, len(todo) // (batch * 4))))
        tasks += slices
        place = f"{results.rstrip('/')}/{attempt}"
        # Written by the committer of Spark, of each task once, whichever of its attempts ends first.
        context.parallelize(todo, slices).mapPartitions(
            partition(list(command), out, silence, scratch, options)).saveAsTextFile(place)
        # One job for all of them; the report holds each anyway.
        for line in context.textFile(place).collect():
            report.add(json.loads(line))
        again = report.retryable()
        todo = [work[identity] for identity in work if identity in again]
    return report, report.summary(
        engine="spark", application=context.applicationId, tasks=tasks, attempts=attempt,
        milliseconds=int((now() - began) * 1000))


def main():
    if "--" not in sys.argv:
        sys.exit("give the worker's command after `--`: cordon worker --batch …")
    cut = sys.argv.index("--")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", help="the list of work, an item a line; a file that the driver reads")
    parser.add_argument("--out", required=True, help="a folder that all machines share, or a URL")
    parser.add_argument("--results", required=True, help="a folder for the results; not there yet")
    parser.add_argument("--report", help="a file for the report; standard output if not given")
    parser.add_argument("--batch", type=int, default=100, help="items for a worker process at least")
    parser.add_argument("--attempts", type=int, default=3, help="for items that failed and may go better")
    parser.add_argument("--silence", type=float, default=600, help="seconds after which a silent worker counts as dead")
    parser.add_argument("--scratch", help="a folder on each machine for staged studies; TMPDIR if not given")
    parser.add_argument("--storage-options", type=json.loads, default={}, help="JSON for fsspec: endpoint_url, profile, …")
    arguments = parser.parse_args(sys.argv[1:cut])
    command = sys.argv[cut + 1:]

    from pyspark import SparkConf, SparkContext

    context = SparkContext.getOrCreate(SparkConf().setAppName("cordon"))
    with open(arguments.work, encoding="utf-8") as lines:
        report, summary = run(
            context, lines, command, arguments.out, arguments.results, arguments.batch, arguments.attempts,
            arguments.silence, arguments.scratch, arguments.storage_options)
    text = json.dumps(summary, indent=2)
    if arguments.report:
        with open(arguments.report, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        print(text)
    context.stop()
    sys.exit(report.status())


if __name__ == "__main__":
    main()
