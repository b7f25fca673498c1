#!/usr/bin/env python3
"""De-identifies studies on Slurm: a list of work becomes a job array; each task is one worker.

    cordon_slurm.py split work.ndjson JOB --size 200 --out /shared/batch -- \\
        cordon worker --batch --rules site.xml --audience research --key site.key --snapshot monday.snapshot
    cordon_slurm.py submit JOB -- --partition=short --time=02:00:00 --mem=2G
    cordon_slurm.py collect JOB

A task that is preempted, requeued or run again goes on: items that are done are not done again. README.md says the rest.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from cordon_batch import running  # noqa: E402
from cordon_batch.protocol import WorkerFailed, items_of  # noqa: E402
from cordon_batch.report import Report  # noqa: E402


def place(job, *parts):
    return os.path.join(job, *parts)


def write(path, text):
    """Whole or not at all, also when the machine stops."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)


def settings(job):
    with open(place(job, "job.json"), encoding="utf-8") as file:
        return json.load(file)


def name(number):
    return f"{number:06d}.ndjson"


def split(arguments, command):
    """Makes JOB: `work/` with a list for each task, `results/`, and `job.json`, which is the last."""
    job = os.path.abspath(arguments.job)
    # All of the list is looked at before there is a JOB with half of it.
    try:
        with open(arguments.work, encoding="utf-8") as lines:
            for _ in items_of(lines):
                pass
    except ValueError as error:
        print(f"cordon: {error}", file=sys.stderr)
        return 2
    os.mkdir(job, 0o700)
    for folder in ["work", "results", "logs"]:
        os.mkdir(place(job, folder))
    tasks, part, count = 0, [], 0
    with open(arguments.work, encoding="utf-8") as lines:
        for _, item in items_of(lines):
            part.append(json.dumps(item))
            count += 1
            if len(part) == arguments.size:
                write(place(job, "work", name(tasks)), "\n".join(part) + "\n")
                tasks, part = tasks + 1, []
    if part:
        write(place(job, "work", name(tasks)), "\n".join(part) + "\n")
        tasks += 1
    write(place(job, "job.json"), json.dumps({
        "command": command, "out": arguments.out, "items": count, "tasks": tasks, "silence": arguments.silence,
        "scratch": arguments.scratch, "storageOptions": arguments.storage_options,
    }, indent=2) + "\n")
    print(f"{count} items in {tasks} tasks")
    return 0


def unfinished(job):
    """Numbers of tasks that have no results yet."""
    return [number for number in range(settings(job)["tasks"])
            if not os.path.exists(place(job, "results", name(number)))]


def ranges(numbers):
    """`0-9,12` for an array."""
    found = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in found)


def submit(arguments, more):
    """Submits what has no results yet. Where there are more tasks than an array may have, several arrays."""
    job = os.path.abspath(arguments.job)
    groups = {}
    for number in unfinished(job):
        groups.setdefault(number // arguments.max_array, []).append(number % arguments.max_array)
    if not groups:
        print("each task has its results; nothing to submit")
        return 0
    for group, numbers in sorted(groups.items()):
        array = ranges(numbers) + (f"%{arguments.at_once}" if arguments.at_once else "")
        script = "#!/bin/sh\nexec " + " ".join(
            quoted(one) for one in [sys.executable, os.path.abspath(__file__), "task", job,
                                    "--offset", str(group * arguments.max_array)]) + ' "$SLURM_ARRAY_TASK_ID"\n'
        command = [
            "sbatch", "--parsable", "--requeue", f"--array={array}", "--job-name=cordon", "--open-mode=append",
            # The worker hears that the time is over, and takes away what it was making.
            "--signal=B:TERM@60", f"--output={place(job, 'logs', '%A_%a.log')}", *more,
        ]
        answer = subprocess.run(command, input=script, text=True, stdout=subprocess.PIPE, check=True)
        print(f"array {answer.stdout.strip()}: tasks {array}, from {group * arguments.max_array}")
    return 0


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def task(arguments):
    """One task of the array. Its results get their name when each item has one; until then somebody else may do the same."""
    job, number = os.path.abspath(arguments.job), arguments.offset + arguments.number
    target = place(job, "results", name(number))
    if os.path.exists(target):
        return 0
    known = settings(job)

    def stop(signal_number, frame):
        raise SystemExit(128 + signal_number)

    signal.signal(signal.SIGTERM, stop)
    results = []
    with open(place(job, "work", name(number)), encoding="utf-8") as lines:
        todo = dict(items_of(lines))
    try:
        for attempt in range(arguments.attempts):
            report = Report(todo)
            for result in running.run(
                known["command"], todo.values(), known["out"], silence=known["silence"], scratch=known["scratch"],
                options=known["storageOptions"]):
                results.append(result)
                report.add(result)
            again = report.retryable()
            todo = {identity: item for identity, item in todo.items() if identity in again}
            if not todo:
                break
    except WorkerFailed as error:
        # Slurm says it, and `submit` submits it again.
        print(f"cordon: {error}", file=sys.stderr)
        return 2 if error.status == 2 else 4
    write(target, "".join(json.dumps(result) + "\n" for result in results))
    return 0


def collect(arguments):
    """Puts results together, holds them against the list of work, and writes a report."""
    job = os.path.abspath(arguments.job)
    known = settings(job)
    report, lines = Report(), []
    for number in range(known["tasks"]):
        with open(place(job, "work", name(number)), encoding="utf-8") as work:
            report.expected.update(identity for identity, _ in items_of(work))
        try:
            with open(place(job, "results", name(number)), encoding="utf-8") as results:
                for line in results:
                    report.add(json.loads(line))
                    lines.append(line)
        except FileNotFoundError:
            continue
    write(place(job, "results.ndjson"), "".join(lines))
    waiting = unfinished(job)
    summary = report.summary(engine="slurm", tasks=known["tasks"], unfinishedTasks=ranges(waiting))
    write(place(job, "report.json"), json.dumps(summary, indent=2) + "\n")
    print(json.dumps(summary, indent=2))
    return report.status()


def main():
    arguments, rest = sys.argv[1:], []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, rest = arguments[:cut], arguments[cut + 1:]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("split", help="a list of work as tasks in a new folder JOB")
    one.add_argument("work")
    one.add_argument("job")
    one.add_argument("--size", type=int, default=200, help="items for a task")
    one.add_argument("--out", required=True, help="a folder that all nodes share, or a URL")
    one.add_argument("--silence", type=float, default=600, help="seconds after which a silent worker counts as dead")
    one.add_argument("--scratch", help="a folder on each node for staged studies; TMPDIR if not given")
    one.add_argument("--storage-options", type=json.loads, default={}, help="JSON for fsspec")
    one = commands.add_parser("submit", help="arrays for all tasks without results; options of sbatch after `--`")
    one.add_argument("job")
    one.add_argument("--max-array", type=int, default=1000, help="tasks of an array, below MaxArraySize of the site")
    one.add_argument("--at-once", type=int, help="tasks that may run at a time")
    one = commands.add_parser("task", help="what a task of the array runs")
    one.add_argument("job")
    one.add_argument("number", type=int)
    one.add_argument("--offset", type=int, default=0)
    one.add_argument("--attempts", type=int, default=3, help="for items that failed and may go better")
    one = commands.add_parser("collect", help="results.ndjson and report.json in JOB")
    one.add_argument("job")
    chosen = parser.parse_args(arguments)
    if chosen.command == "split":
        if not rest:
            parser.error("give the worker's command after `--`: cordon worker --batch …")
        return split(chosen, rest)
    if chosen.command == "submit":
        return submit(chosen, rest)
    return task(chosen) if chosen.command == "task" else collect(chosen)


if __name__ == "__main__":
    sys.exit(main())
