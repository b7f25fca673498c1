"""How long each page of the console takes with ten users at once, on a large registry.

    cordon registry measure --folder NEW --instances 1000000 --holds 10000 --decisions 100000
    console.py CORDON NEW/large [--markdown FILE] [--limit 200] [--only TEXT]

Signs ten people in, who ask for every page of the console's table, each beginning with another, so that at each moment ten different pages are made.
What is printed is the median and the 95th percentile of each page in milliseconds. The export of the log, 10 000 entries in a file, is no page: one person
takes it three times after that. With --limit it ends with 1 where the median of a page is above it. A page of the table that is not asked for is named
at the end, and counts as a failure.
"""
import argparse
import http.client
import json
import pathlib
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("cordon")
parser.add_argument("folder", help="of the registry")
parser.add_argument("--users", type=int, default=10)
parser.add_argument("--rounds", type=int, default=10)
parser.add_argument("--rules", default=str(pathlib.Path(__file__).parent.parent / "Examples/first.xml"))
parser.add_argument("--markdown", help="puts the table into this file, between <!-- console: begin --> and <!-- console: end -->")
parser.add_argument("--limit", type=float, help="milliseconds that no median may be above")
parser.add_argument("--only", default="", help="pages with this in their name")
options = parser.parse_args()


class User:
    """Somebody with a browser."""

    def __init__(self, port, name, roles):
        roles = [word for role in roles for word in ("--role", role)]
        made = json.loads(
            subprocess.run(
                [options.cordon, "console", "account", "add", name, *roles, "--registry", options.folder, "--as", "benchmark", "--json"], check=True,
                capture_output=True, text=True).stdout)
        self.port, self.cookies, self.codes = port, {}, made["recoveryCodes"]
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        page = self.ask("GET", "/login")[1]
        self.post("/login", self.token(page), name=name, password=made["password"], code=self.codes.pop())
        self.post(
            "/account/password", self.token(self.ask("GET", "/account")[1]), old=made["password"], new="correct horse battery",
            again="correct horse battery", code=self.codes.pop())
        self.form = self.token(self.ask("GET", "/account")[1])

    @staticmethod
    def token(page):
        return re.findall(r'name="form" value="(\w+)"', page)[-1]

    def post(self, path, token, **fields):
        status, page = self.send(path, {"form": token, **fields})
        if status != 303:
            sys.exit(f"{path}: {status} {page}")

    def send(self, path, fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields, doseq=True), {"Content-Type": "application/x-www-form-urlencoded"})

    def open(self, page):
        path, fields = page
        return self.ask("GET", path) if fields is None else self.send(path, {"form": self.form, **fields})

    def ask(self, method, path, body=None, headers={}):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = self.connection.getresponse()
        page = answer.read().decode(errors="replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                name, value = value.split(";")[0].split("=", 1)
                self.cookies[name] = value
        return answer.status, page


def pages(user):
    """Every page: (template, what of it, path, form or None)."""
    queue = user.ask("GET", "/queue")[1]
    picks = re.findall(r'name="pick" value="(\d+)"', queue)
    audience = re.findall(r'href="/queue\?[^"]*audience=(\w+)', queue) or ["research"]
    log = user.ask("GET", "/log?kind=received")[1]
    entry = (re.findall(r'href="/log/(\d+)"', log) or ["0"])[0]
    with sqlite3.connect(f"file:{options.folder}/registry.sqlite?mode=ro", uri=True) as registry:
        def one(sql, *arguments):
            row = registry.execute(sql, arguments).fetchone()
            return row if row else (None,) * 3

        study, patient, number = one(
            "SELECT StudyInstanceUID, PatientID, AccessionNumber FROM instances WHERE id = (SELECT instance FROM decisions ORDER BY id DESC LIMIT 1)")
        if study is None:
            sys.exit("nothing is decided in this registry: `registry measure --decisions`")
        held = one("SELECT scope_value FROM holds WHERE scope = 'study' AND released = 0 ORDER BY id DESC")[0]
        digest, uid = one("SELECT digest, SOPInstanceUID FROM instances WHERE StudyInstanceUID = ?", study)[:2]
        (last,) = one("SELECT max(id) FROM decisions")[:1]
        (holds,) = one("SELECT max(id) FROM holds")[:1]
        matter = one("SELECT matter FROM holds GROUP BY matter ORDER BY count(*) DESC LIMIT 1")[0]
        grant = one("SELECT max(id) FROM grants")[0]
        kinds = {kind: one("SELECT id FROM holds WHERE scope = ? LIMIT 1", kind)[0] for kind in ("patient", "study", "instance", "query")}
        loose = one("SELECT id FROM holds WHERE scope = 'query' AND scope_value LIKE '%PatientName%' LIMIT 1")[0]
    quoted = urllib.parse.quote
    found = [
        ("/", "", "/", None), ("/queue", "", "/queue", None),
        ("/queue", "by audience", f"/queue?audience={audience[0]}", None), ("/queue", "by label", "/queue?label=label-1", None),
        ("/queue", "by modality", "/queue?modality=CT", None), ("/queue", "kept", "/queue?state=kept", None),
        ("/queue", "all, no pictures", "/queue?state=all&pictures=no", None), ("/queue", "older", f"/queue?before={last // 2}", None),
        ("/queue/confirm", "50 picked", "/queue/confirm", {"act": "keep", "pick": picks[:50]}),
        ("/studies", "", "/studies", None), ("/studies", "by UID", f"/studies?study={study}", None),
        ("/studies", "by patient", f"/studies?patient={patient}", None), ("/studies", "by accession", f"/studies?accession={number}", None),
        ("/studies/{study}", "decided", f"/studies/{study}", None), ("/studies/{study}", "held", f"/studies/{held}", None),
        ("/studies/{study}/pictures/{instance}/{frame}", "", f"/studies/{study}/pictures/{digest}/first", None),
        ("/holds", "", "/holds", None), ("/holds", "released, too", "/holds?state=all", None),
        ("/holds", "of a matter", f"/holds?matter={quoted(matter)}", None), ("/holds", "far in", f"/holds?after={holds * 9 // 10}", None),
        ("/holds/new", "", "/holds/new", None),
        *[("/holds/{hold}", kind, f"/holds/{number}", None) for kind, number in kinds.items() if number],
        *([("/holds/{hold}", "no exact term", f"/holds/{loose}", None)] if loose else []),
        ("/break-glass", "", "/break-glass", None), ("/break-glass", "all", "/break-glass?state=all", None),
        ("/break-glass/new", "", "/break-glass/new", None),
        *([("/break-glass/{grant}", "", f"/break-glass/{grant}", None)] if grant else []),
        ("/rules", "", "/rules", None), ("/rules/candidate", "", "/rules/candidate", None),
        ("/rules/try", "", f"/rules/try?instance={uid}", None), ("/productions", "", "/productions", None),
        ("/operations", "", "/operations", None), ("/log", "", "/log", None), ("/log", "by kind", "/log?kind=received", None),
        ("/log", "by nobody", "/log?actor=nobody", None), ("/log/{entry}", "", f"/log/{entry}", None),
        ("/log/{entry}/leaf", "", f"/log/{entry}/leaf", None), ("/log/{entry}/proof", "", f"/log/{entry}/proof", None),
        ("/account", "", "/account", None), ("/accounts", "", "/accounts", None), ("/login", "", "/login", None), ("/style.css", "", "/style.css", None),
    ]
    return [page for page in found if options.only in page[0] + " " + page[1]]


#: Where an answer other than 200 is what is to come.
EXPECTED = {"/log/{entry}/proof": (200, 409), "/login": (200, 303)}


def measured(users, all_pages):
    """Milliseconds of each page, by everybody at once."""
    times = {page[:2]: [] for page in all_pages}
    wrong = set()

    def work(number, user):
        for turn in range(options.rounds):
            # Everybody begins somewhere else, so that at each moment several different pages are made.
            for place in range(len(all_pages)):
                template, what, path, form = all_pages[(place + number * 7 + turn) % len(all_pages)]
                start = time.monotonic()
                status, _ = user.open((path, form))
                times[template, what].append((time.monotonic() - start) * 1000)
                if status not in EXPECTED.get(template, (200,)):
                    wrong.add(f"{path}: {status}")

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if "log-export" in options.only or not options.only:
        for _ in range(3):
            start = time.monotonic()
            users[0].ask("GET", "/log-export")
            times.setdefault(DOWNLOAD, []).append((time.monotonic() - start) * 1000)
    return times, wrong


DOWNLOAD = ("/log-export", "10 000 entries, by one person")


def routes():
    """The templates that the console's sources name for pages that are read."""
    sources = pathlib.Path(__file__).parent.parent / "Sources/Console"
    text = "".join(file.read_text() for file in sources.rglob("*.swift") if "Interface" not in file.parts)
    return set(re.findall(r'\.page\(\s*"(/[^"]*)"', text))


def main():
    with tempfile.TemporaryDirectory() as scratch, open(f"{scratch}/console.xml", "w+") as file:
        file.write(
            f'<console xmlns="urn:cordon:console:1"><site registry="{options.folder}" rules="{options.rules}" productions="{scratch}/productions"/>'
            '<listen port="0"/></console>')
        file.flush()
        server = subprocess.Popen([options.cordon, "console", "serve", "--config", file.name], stdout=subprocess.PIPE, text=True)
        try:
            port = int(re.search(r":(\d+)/", server.stdout.readline()).group(1))
            run = time.time_ns() % 10**9
            everything = ["viewer", "reviewer", "legal", "auditor", "administrator"]
            users = [User(port, f"user-{run}-{number}", everything) for number in range(options.users)]
            all_pages = pages(users[0])
            times, wrong = measured(users, all_pages)
        finally:
            server.terminate()
            server.wait()
    lines = [f"| page | median, ms | 95th percentile, ms |", "| --- | ---: | ---: |"]
    slow = []
    for (template, what), found in times.items():
        median = statistics.median(found)
        name = f"`{template}`" + (f" {what}" if what else "")
        lines.append(f"| {name} | {median:.0f} | {statistics.quantiles(found, n=20)[-1]:.0f} |")
        if options.limit is not None and median > options.limit and (template, what) != DOWNLOAD:
            slow.append(name)
    print("\n".join(lines))
    if options.markdown:
        path = pathlib.Path(options.markdown)
        before, rest = path.read_text().split("<!-- console: begin -->")
        path.write_text(
            before + "<!-- console: begin -->\n" + "\n".join(lines) + "\n<!-- console: end -->" + rest.split("<!-- console: end -->")[1])
    left = routes() - {template for template, *_ in all_pages} - {DOWNLOAD[0]} if not options.only else set()
    for text in sorted(wrong) + [f"{template}: not asked for" for template in sorted(left)] + [f"{name}: above {options.limit:.0f} ms" for name in slow]:
        print(text, file=sys.stderr)
    sys.exit(1 if wrong or left or slow else 0)


main()
