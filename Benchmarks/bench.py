#!/usr/bin/env python3
"""Cordon beside `cp -r` and beside every other tool that is installed, on the same files, one after another in turn.

    bench.py --cordon .build/release/cordon [--rounds 5] [--sets ct,mr,enhanced] [--only NAME,…] [--markdown FILE]

Each round runs every tool once, so that a machine that is busy for a while is busy for all of them; what is printed are
medians, the ratio to the floor of the same round, and how far that ratio spreads. `--smoke` is a minute's worth of it, to see
that all of it works.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import data
import report
import tools

HERE = os.path.dirname(os.path.abspath(__file__))
FULL = {"ct": 1000, "mr": 5000, "enhanced": 20, "frames": 1000, "listed": 100_000}
SMOKE = {"ct": 4, "mr": 20, "enhanced": 1, "frames": 20, "listed": 1000}


def run(tool, source, work, timeout):
    """One run: seconds, user and system seconds of it and all its children, MiB of the largest process, status."""
    out = work + "/out"
    shutil.rmtree(out, ignore_errors=True)
    command = [part.replace("{in}", source).replace("{out}", out).replace("{work}", work) for part in tool.command]
    # What earlier runs left to be written is none of this one's.
    os.sync()
    with open(work + "/log", "wb") as log:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                 env={**os.environ, **tool.environment})
        while True:
            # Peeked at and not waited for, so that what it used can be asked for at its end.
            if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            if time.perf_counter() - start > timeout:
                os.killpg(child.pid, 9)
            time.sleep(0.001)
        seconds = time.perf_counter() - start
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    written = sum(len(names) for _, _, names in os.walk(out)) if os.path.isdir(out) else 0
    shutil.rmtree(out, ignore_errors=True)
    return {"seconds": seconds, "user": usage.ru_utime, "system": usage.ru_stime, "peak": usage.ru_maxrss / 1024,
            "status": child.returncode, "written": written, "load": os.getloadavg()[0]}


def part_of(folder, limit, work):
    """The first files of a set, as links: tools that take a day for the whole are shown on a part."""
    part = "%s/part-%s-%d" % (work, os.path.basename(folder), limit)
    if not os.path.isdir(part):
        paths = sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names)
        for path in paths[:limit]:
            target = os.path.join(part, os.path.relpath(path, folder))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.link(path, target)
    return part


def count(folder):
    return sum(len(names) for _, _, names in os.walk(folder))


def prepare(work, cordon, sizes, seed):
    os.makedirs(work, exist_ok=True)
    data.make(work, sizes, seed)
    if not os.path.exists(work + "/site.key"):
        subprocess.run([cordon, "key", "new", work + "/site.key"], check=True, stdout=subprocess.DEVNULL)
    if shutil.which("openssl") and not os.path.exists(work + "/cert.pem"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", work + "/cert.key", "-out", work + "/cert.pem",
             "-days", "3650", "-subj", "/CN=bench"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(work + "/listed.xml", "w") as out:
        out.write(tools.LISTED)


def measure(name, rows, sets, options, work, records):
    for round_number in range(options.rounds):
        for data_set in sets:
            folder = "%s/%s" % (work, data_set)
            for tool in rows:
                if data_set not in tool.sets or tool.missing:
                    continue
                source = folder
                limit = tool.limit.get(data_set)
                if limit and count(folder) > limit:
                    source = part_of(folder, limit, work)
                record = {"work": name, "set": data_set, "tool": tool.name, "round": round_number, "files": count(source),
                          "whole": count(folder), **run(tool, source, work, options.timeout)}
                records.append(record)
                print("%s  %-9s %-30s %8.3f s  user %7.3f  system %7.3f  %6.1f MiB  status %d" % (
                    round_number + 1, data_set, tool.name, record["seconds"], record["user"], record["system"], record["peak"],
                    record["status"]), file=sys.stderr, flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cordon", default=".build/release/cordon")
    arguments.add_argument("--work", default="out/bench", help="where data and results are; on the disk that is to be measured")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--sets", default="ct,mr,enhanced")
    arguments.add_argument("--only", help="rows whose names begin with one of these; floors are always there")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--timeout", type=float, default=600)
    arguments.add_argument("--markdown", help="write the table into this file, between its marks")
    arguments.add_argument("--no-filter", action="store_true", help="leave out finding listed patients")
    arguments.add_argument("--smoke", action="store_true", help="a few files, one round")
    options = arguments.parse_args()
    sizes = SMOKE if options.smoke else FULL
    if options.smoke:
        options.rounds = 1
    cordon, work = os.path.abspath(options.cordon), os.path.abspath(options.work) + ("/smoke" if options.smoke else "")
    rules = os.path.abspath(HERE + "/../Rules/sites/research-export.xml")
    prepare(work, cordon, sizes, options.seed)
    rows, finding = tools.deidentifiers(cordon, rules), tools.filters(cordon)
    for tool in rows + finding:
        if tool.missing:
            print("left out: %s: %s" % (tool.name, tool.missing), file=sys.stderr)
    if options.only:
        wanted = tuple(options.only.split(","))
        floors = {tool.floor for tool in rows + finding}
        rows = [tool for tool in rows if tool.name in floors or tool.name.startswith(wanted)]
        finding = [tool for tool in finding if tool.name in floors or tool.name.startswith(wanted)]
    records = []
    measure("deidentify", rows, options.sets.split(","), options, work, records)
    if not options.no_filter:
        measure("find", finding, ["mr"], options, work, records)
    with open(work + "/results.jsonl", "w") as out:
        out.writelines(json.dumps(record) + "\n" for record in records)
    text = report.tables(records, rows, finding)
    print(text)
    # A few files, once, are no figures.
    if options.markdown and not options.smoke:
        report.put(text, options.markdown)
    # Cordon says 1 when it kept something back, as it does with studies of listed patients.
    allowed = {"find": (0, 1), "deidentify": (0,)}
    ours = [record for record in records if record["tool"].startswith("cordon")]
    failed = [record for record in ours if record["status"] not in allowed[record["work"]]]
    short = [record for record in ours if record["work"] == "deidentify" and record["written"] < record["files"]]
    if failed or short or not ours:
        sys.exit("cordon failed in %d runs and wrote too little in %d" % (len(failed), len(short)))


if __name__ == "__main__":
    main()
