"""The figures as tables: medians, ratios to the floor of the same round, and how far these spread."""
import os
import statistics

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
TITLES = {"ct": "CT slices of 526 kB", "mr": "MR slices of 33 kB", "enhanced": "enhanced MR with per-frame items"}


def median(values):
    return statistics.median(values)


def spread(values, digits):
    return "%.*f (%.*f to %.*f)" % (digits, median(values), digits, min(values), digits, max(values))


def table(records, rows, data_set):
    """One set: a row for each tool. Files a second and milliseconds are of the files that the tool was given."""
    runs = {}
    for record in records:
        if record["set"] == data_set:
            runs.setdefault(record["tool"], []).append(record)
    by_round = {(name, run["round"]): run for name, found in runs.items() for run in found}
    lines = ["| | runs | seconds | ratio to its floor | user ms a file | system ms a file | peak MiB |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for tool in rows:
        found = runs.get(tool.name)
        if not found:
            continue
        # A file's time against the floor's time for a file, since some are given a part of the set.
        ratios = []
        for run in found:
            floor = by_round.get((tool.floor, run["round"]))
            if floor:
                ratios.append(run["seconds"] / run["files"] / (floor["seconds"] / floor["files"]))
        failed = sum(run["status"] not in (0, 1) for run in found)
        name = tool.name + (" (%d files)" % found[0]["files"] if found[0]["files"] < found[0]["whole"] else "")
        name += " (failed in %d)" % failed if failed else ""
        own = tool.name == tool.floor or not ratios
        lines.append("| %s | %d | %s | %s | %.2f | %.2f | %.0f |" % (
            name, len(found), spread([run["seconds"] for run in found], 2), "1" if own else spread(ratios, 2),
            median([run["user"] * 1000 / run["files"] for run in found]),
            median([run["system"] * 1000 / run["files"] for run in found]), max(run["peak"] for run in found)))
    return lines


def tables(records, rows, finding):
    parts = []
    loads = [record["load"] for record in records]
    if loads:
        parts.append("Processors: %d. Load while it ran: %.1f to %.1f, median %.1f." % (
            os.cpu_count(), min(loads), max(loads), median(loads)))
    for work, tools in (("deidentify", rows), ("find", finding)):
        own = [record for record in records if record["work"] == work]
        for data_set in TITLES:
            some = [record for record in own if record["set"] == data_set]
            if not some:
                continue
            title = TITLES[data_set] if work == "deidentify" else "listed patients among MR headers"
            parts += ["", "**%s, %d files**" % (title, some[0]["whole"]), ""] + table(some, tools, data_set)
    missing = sorted({"%s (%s)" % (tool.name, tool.missing) for tool in rows + finding if tool.missing})
    if missing:
        parts += ["", "Not measured: " + "; ".join(missing) + "."]
    return "\n".join(parts) + "\n"


def put(text, path):
    """Into a page, between its two marks."""
    with open(path) as page:
        old = page.read()
    before, found, rest = old.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit("%s has no marks for the table: %s … %s" % (path, BEGIN, END))
    with open(path, "w") as page:
        page.write(before + BEGIN + "\n" + text + END + after)
