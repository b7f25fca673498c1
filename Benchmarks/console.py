"""How long pages of the console take under ten users at once.

    cordon registry measure --folder NEW --instances 1000000 --holds 10000 --decisions 100000
    console.py CORDON NEW/large

Signs ten people in, asks for each page of each in turn, and prints the median and the 95th percentile in milliseconds.
"""
import http.client
import json
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

CORDON, FOLDER = sys.argv[1:3]
USERS, ROUNDS = 10, 10


class User:
    def __init__(self, port, name):
        made = json.loads(
            subprocess.run(
                [CORDON, "console", "account", "add", name, "--role", "legal", "--role", "auditor", "--role", "administrator", "--registry", FOLDER, "--as",
                 "benchmark", "--json"], check=True, capture_output=True, text=True).stdout)
        self.port, self.cookies, self.codes = port, {}, made["recoveryCodes"]
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        page = self.ask("GET", "/login")[1]
        self.post("/login", self.token(page), name=name, password=made["password"], code=self.codes.pop())
        self.post(
            "/account/password", self.token(self.ask("GET", "/account")[1]), old=made["password"], new="correct horse battery",
            again="correct horse battery", code=self.codes.pop())

    @staticmethod
    def token(page):
        return re.findall(r'name="form" value="(\w+)"', page)[-1]

    def post(self, path, token, **fields):
        body = urllib.parse.urlencode({"form": token, **fields})
        status, page = self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 303:
            sys.exit(f"{path}: {status} {page}")

    def ask(self, method, path, body=None, headers={}):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = self.connection.getresponse()
        page = answer.read().decode()
        for name, value in answer.getheaders():
            if name == "set-cookie" or name == "Set-Cookie":
                name, value = value.split(";")[0].split("=", 1)
                self.cookies[name] = value
        return answer.status, page


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(f'<console xmlns="urn:cordon:console:1"><site registry="{FOLDER}"/><listen port="0"/></console>')
        file.flush()
        server = subprocess.Popen([CORDON, "console", "serve", "--config", file.name], stdout=subprocess.PIPE, text=True)
        try:
            port = int(re.search(r":(\d+)/", server.stdout.readline()).group(1))
            users = [User(port, f"user-{time.time_ns() % 10**9}-{number}") for number in range(USERS)]
            entry = re.findall(r'href="/log/(\d+)"', users[0].ask("GET", "/log?kind=received")[1])
            pages = ["/", "/queue", "/studies", "/holds", "/holds?state=all", "/holds/1", "/break-glass", "/log", "/account"]
            pages += [f"/log/{entry[0]}"] if entry else []
            with sqlite3.connect(f"file:{FOLDER}/registry.sqlite?mode=ro", uri=True) as registry:
                # The newest that was decided on, if any was.
                (study,) = registry.execute(
                    "SELECT StudyInstanceUID FROM instances ORDER BY id IN (SELECT instance FROM decisions ORDER BY id DESC LIMIT 1) DESC"
                    " LIMIT 1").fetchone()
                (patient, number) = registry.execute(
                    "SELECT PatientID, AccessionNumber FROM instances WHERE StudyInstanceUID = ? LIMIT 1", [study]).fetchone()
                # One that is about whatever matches, and has no exact term.
                pages += [f"/holds/{hold}" for (hold,) in registry.execute(
                    "SELECT id FROM holds WHERE scope = 'query' AND scope_value LIKE '%PatientName%' LIMIT 1")]
            pages += [f"/studies?study={study}", f"/studies?patient={patient}", f"/studies?accession={number}", f"/studies/{study}"]
            pages += ["/log?kind=received", "/log?actor=nobody", "/log-export", "/accounts", "/operations", "/rules"]
            times = {page: [] for page in pages}

            def work(user):
                for _ in range(ROUNDS):
                    for page in pages:
                        start = time.monotonic()
                        status, _ = user.ask("GET", page)
                        times[page].append((time.monotonic() - start) * 1000)
                        if status != 200:
                            print(f"{page}: {status}")

            threads = [threading.Thread(target=work, args=[user]) for user in users]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for page, all_times in times.items():
                name = re.sub(r"\d[\d.]{10,}", "UID", page)
                print(f"{name:24} {statistics.median(all_times):8.0f} {statistics.quantiles(all_times, n=20)[-1]:8.0f}")
        finally:
            server.terminate()
            server.wait()


main()
