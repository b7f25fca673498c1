#!/usr/bin/env python3
"""How fast a gateway takes objects, beside other receivers, in one run.

    Benchmarks/gateway.py [--rounds 5] [--associations 1,4,16] [--objects 480] [--size 526000] [--nagle] [--json FILE]
    Benchmarks/gateway.py --memory 100000        memory of the gateway along so many objects, none of them twice
    Benchmarks/gateway.py --away 3600            the archive is away for so many seconds while objects come, then is there again

Every round runs every receiver once, one after the other, so that whatever else the machine does falls on all of them; what
counts are medians and ratios, and the spread stands beside them. The sender is always DCMTK's `storescu`, so many at once as there
are associations, each with studies of its own. The clock runs from the start of the first to the end of the last. After each run
it is counted whether every object is there.

    cordon             .build/release/cordon gateway run: the rules of Rules/sites/general-hospital.xml for two audiences, a study
                       settles after 1 s, so that deciding runs beside taking; vault encrypted, everything synced before success
    cordon-forwarding  the same, and all of it is sent on to a storescp that throws it away
    cordon-unsynced    the same as cordon under `eatmydata`, which makes fsync do nothing (Debian package eatmydata)
    storescp           DCMTK's: writes files, syncs nothing
    orthanc            with its defaults: SyncStorageArea, SQLite

Where receivers are compared nothing is removed before the end: ext4 without a journal does not give away an inode again within minutes of its removal, and looks
past all of those whenever a file is made, so that a receiver would pay for what the one before it left.

Receivers that are not installed are left out, and named. `--nagle` leaves Nagle's algorithm on at the sender, which is DCMTK's default;
otherwise TCP_NODELAY=1 is set for it. Needs nothing of Python but its library.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORDON = os.environ.get("CORDON", HOME + "/.build/release/cordon")
ROOT = "1.2.826.0.1.3680043.8.498.77"
CT = "1.2.840.10008.5.1.4.1.1.2"


def element(group, number, vr, value):
    """Explicit VR little endian (PS3.5 7.1.2)."""
    if isinstance(value, str):
        value = value.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    head = struct.pack("<HH", group, number) + vr.encode()
    return head + (struct.pack("<HI", 0, len(value)) if vr in ("OB", "OW") else struct.pack("<H", len(value))) + value


def instance(study, number, pixels):
    """A CT of a patient of its study: a file with its meta information."""
    sop = f"{ROOT}.{study}.1.{number}"
    meta = b"".join([
        element(2, 1, "OB", b"\0\1"), element(2, 2, "UI", CT), element(2, 3, "UI", sop),
        element(2, 0x10, "UI", "1.2.840.10008.1.2.1"), element(2, 0x12, "UI", "2.25.3")])
    side = max(8, int((pixels // 2) ** 0.5))
    noise = random.Random(study * 100003 + number).randbytes(4096)
    data = (noise * (side * side * 2 // 4096 + 1))[:side * side * 2]
    us = lambda value: struct.pack("<H", value)
    body = b"".join([
        element(8, 5, "CS", "ISO_IR 100"), element(8, 8, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        element(8, 0x16, "UI", CT), element(8, 0x18, "UI", sop), element(8, 0x20, "DA", "20260101"),
        element(8, 0x21, "DA", "20260101"), element(8, 0x30, "TM", "101112"), element(8, 0x50, "SH", f"A{study}"),
        element(8, 0x60, "CS", "CT"), element(8, 0x70, "LO", "Maker"), element(8, 0x80, "LO", "General Hospital"),
        element(8, 0x90, "PN", "Referring^Doctor"), element(8, 0x1030, "LO", "CT head"),
        element(8, 0x103E, "LO", "Axial"), element(8, 0x1090, "LO", "Model"),
        element(0x10, 0x10, "PN", f"Patient^Number{study}"), element(0x10, 0x20, "LO", f"P{study}"),
        element(0x10, 0x30, "DA", "19700101"), element(0x10, 0x40, "CS", "F"), element(0x10, 0x1010, "AS", "056Y"),
        element(0x18, 0x50, "DS", "1.5"), element(0x18, 0x60, "DS", "120"), element(0x18, 0x1030, "LO", "Head"),
        element(0x20, 0xD, "UI", f"{ROOT}.{study}"), element(0x20, 0xE, "UI", f"{ROOT}.{study}.1"),
        element(0x20, 0x10, "SH", "1"), element(0x20, 0x11, "IS", "1"), element(0x20, 0x13, "IS", str(number)),
        element(0x20, 0x32, "DS", f"0\\0\\{number}"), element(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
        element(0x28, 2, "US", us(1)), element(0x28, 4, "CS", "MONOCHROME2"), element(0x28, 0x10, "US", us(side)),
        element(0x28, 0x11, "US", us(side)), element(0x28, 0x100, "US", us(16)), element(0x28, 0x101, "US", us(12)),
        element(0x28, 0x102, "US", us(11)), element(0x28, 0x103, "US", us(0)), element(0x28, 0x301, "CS", "NO"),
        element(0x7FE0, 0x10, "OW", data)])
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + body


def make(folder, studies, each, pixels, first=1):
    """Folders of one study each; their names."""
    made = []
    for study in range(first, first + studies):
        path = f"{folder}/{study}"
        os.makedirs(path)
        for number in range(1, each + 1):
            with open(f"{path}/{number}.dcm", "wb") as file:
                file.write(instance(study, number, pixels))
        made.append(path)
    return made


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def names(folder, accept=lambda name: True):
    return sum(accept(name) for _, _, files in os.walk(folder) for name in files)


class Receiver:
    """Starts, takes, says how many objects it has, ends."""
    name = ""
    needs = ""

    def __init__(self, folder):
        self.folder, self.port, self.others = folder, free_port(), []
        os.makedirs(folder + "/out")
        self.log = open(folder + "/log", "w")
        self.process = self.begin(self.command())
        self.await_port(self.port)

    def begin(self, command, **more):
        return subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=self.folder,
                                env=dict(os.environ, TCP_NODELAY="1"), **more)

    def await_port(self, port):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not listen: {open(self.folder + '/log').read()[-500:]}")

    def count(self):
        return names(self.folder + "/out")

    def status(self, field):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(field):
                return int(line.split()[1]) / 1024

    def seconds_of_processor(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return sum(int(fields[k]) for k in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")

    def end(self):
        for process in [self.process] + self.others:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()


class StoreSCP(Receiver):
    name, needs = "storescp", "storescp"

    def command(self):
        return ["storescp", "--fork", "-od", self.folder + "/out", "+B", str(self.port)]


class Orthanc(Receiver):
    name, needs = "orthanc", "Orthanc"

    def command(self):
        settings = dict(
            Name="bench", StorageDirectory=self.folder + "/out", IndexDirectory=self.folder + "/out",
            HttpPort=free_port(), DicomPort=self.port, DicomCheckCalledAet=False, DicomAlwaysAllowStore=True, Plugins=[])
        with open(self.folder + "/orthanc.json", "w") as file:
            json.dump(settings, file)
        return ["Orthanc", self.folder + "/orthanc.json"]

    def count(self):
        return names(self.folder + "/out", lambda name: not name.startswith("index"))


class Cordon(Receiver):
    name, needs = "cordon", CORDON
    prefix = []
    forwards = False
    retry = '<retry first="1s" most="5s"/>'

    def command(self):
        archive = self.archive = free_port()
        key = self.folder + "/site.key"
        subprocess.run([CORDON, "key", "new", key], check=True, stdout=self.log, stderr=self.log)
        with open(self.folder + "/gateway.xml", "w") as file:
            file.write(f"""<gateway xmlns="urn:cordon:gateway:1" id="bench">
  <site registry="{self.folder}/site" spool="{self.folder}/spool" rules="{HOME}/Rules/sites/general-hospital.xml" key="{key}"/>
  <quota reserve="0"/>
  <dicom host="127.0.0.1" port="{self.port}" titles="CORDON" associations="400"/>
  <peer id="ct" title="CT1" addresses="127.0.0.1" roles="send"/>
  <peer id="pacs" title="PACS" host="127.0.0.1" port="{archive}" roles="receive" audience="archive" associations="4"/>
  <route id="all"><to peer="pacs" audience="archive"/></route>
  <settle after="1s" most="60s"/>
  {self.retry}
</gateway>
""")
        if self.forwards:
            self.others.append(self.begin(["storescp", "--fork", "--ignore", str(archive)]))
        return self.prefix + [CORDON, "gateway", "run", "--config", self.folder + "/gateway.xml"]

    def count(self):
        return names(self.folder + "/site/vault/objects", lambda name: not name.endswith(".key"))

    def until_decided(self, studies, limit=300):
        """Seconds until every study was decided at least once; none when that takes too long."""
        start = time.perf_counter()
        while time.perf_counter() - start < limit:
            decided = set()
            for line in open(self.folder + "/log"):
                if '"event":"decided"' in line or '"event":"sequestered"' in line:
                    decided.add(json.loads(line)["study"])
            if len(decided) >= studies:
                return time.perf_counter() - start
            time.sleep(0.1)


class CordonForwarding(Cordon):
    name, forwards = "cordon-forwarding", True


class CordonUnsynced(Cordon):
    name, prefix = "cordon-unsynced", ["eatmydata"]


def send(port, shares, nagle):
    """One storescu for each share; seconds, and how many failed."""
    env = {k: v for k, v in os.environ.items() if k != "TCP_NODELAY"}
    if not nagle:
        env["TCP_NODELAY"] = "1"
    start = time.perf_counter()
    senders = [subprocess.Popen(["storescu", "+sd", "+r", "-xe", "-aet", "CT1", "-aec", "CORDON", "127.0.0.1", str(port)] + share,
                                env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for share in shares]
    failed = sum(sender.wait() != 0 for sender in senders)
    return time.perf_counter() - start, failed


def remove(folder):
    # What a vault keeps is immutable where root made it.
    subprocess.run(["chattr", "-R", "-f", "-i", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(folder)


def measure(kind, shares, objects, studies, nagle, work):
    folder = tempfile.mkdtemp(dir=work)
    receiver = kind(folder)
    try:
        time.sleep(0.5)
        processor = receiver.seconds_of_processor()
        seconds, failed = send(receiver.port, shares, nagle)
        result = dict(receiver=kind.name, associations=len(shares), objects=objects, seconds=round(seconds, 3),
                      rate=round(objects / seconds, 1), failed=failed, nagle=nagle,
                      processor=round(receiver.seconds_of_processor() - processor, 2), peak_mib=round(receiver.status("VmHWM"), 1))
        if isinstance(receiver, Cordon):
            result["decided_after"] = round(receiver.until_decided(studies) or -1, 2)
    finally:
        receiver.end()
    result["there"] = receiver.count()
    return result


def compare(options, work):
    kinds = [StoreSCP, Orthanc, Cordon, CordonForwarding, CordonUnsynced]
    if options.receivers:
        kinds = [kind for kind in kinds if kind.name in options.receivers.split(",")]
    there = [kind for kind in kinds if shutil.which(kind.needs) and (not getattr(kind, "prefix", None) or shutil.which(kind.prefix[0]))]
    for kind in set(kinds) - set(there):
        print(f"left out, not installed: {kind.name}", flush=True)
    results = []
    for associations in map(int, options.associations.split(",")):
        studies = max(associations, 8)
        each = max(1, options.objects // studies)
        data = tempfile.mkdtemp(dir=work)
        folders = make(data, studies, each, options.size)
        shares = [folders[k::associations] for k in range(associations)]
        for number in range(options.rounds):
            for kind in there if number % 2 == 0 else there[::-1]:
                result = measure(kind, shares, studies * each, studies, options.nagle, work)
                results.append(result)
                if options.json:
                    with open(options.json, "a") as file:
                        file.write(json.dumps(result) + "\n")
                if result["failed"] or result["there"] != result["objects"]:
                    print(f"NOT ALL THERE: {result}", flush=True)
        table(results, associations, there)


def table(results, associations, kinds):
    rates = {kind.name: [r for r in results if r["receiver"] == kind.name and r["associations"] == associations] for kind in kinds}
    median = {name: statistics.median(r["rate"] for r in rows) for name, rows in rates.items() if rows}
    first = next(iter(rates.values()))[0]
    print(f"\n{associations} associations, {first['objects']} objects, {len(next(iter(rates.values())))} rounds, "
          f"Nagle {'on' if first['nagle'] else 'off'}")
    print(f"| receiver | objects/s, median (least to most) | of storescp | of Orthanc | processor, ms an object | peak, MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rows in rates.items():
        of = lambda other: f"{median[name] / median[other]:.2f}" if other in median else ""
        print(f"| {name} | {median[name]:.0f} ({min(r['rate'] for r in rows):.0f} to {max(r['rate'] for r in rows):.0f}) "
              f"| {of('storescp')} | {of('orthanc')} | {statistics.median(r['processor'] / r['objects'] * 1e3 for r in rows):.1f} "
              f"| {statistics.median(r['peak_mib'] for r in rows):.0f} |")
    after = [r["decided_after"] for r in rates.get("cordon", []) if "decided_after" in r]
    if after:
        print(f"cordon: all decided {statistics.median(after):.1f} s after the last object (median)")
    sys.stdout.flush()


def memory(options, work):
    """New objects in batches through one gateway that forwards them, and what it holds after each batch."""
    batch, associations = 2000, 8
    receiver = CordonForwarding(tempfile.mkdtemp(dir=work))
    sent, start = 0, time.perf_counter()
    try:
        while sent < options.memory:
            data = tempfile.mkdtemp(dir=work)
            folders = make(data, batch // 50, 50, options.size, first=sent // 50 + 1)
            _, failed = send(receiver.port, [folders[k::associations] for k in range(associations)], False)
            shutil.rmtree(data)
            sent += batch
            print(f"{sent} objects, {time.perf_counter() - start:.0f} s: {receiver.status('VmRSS'):.0f} MiB held, "
                  f"{receiver.status('VmHWM'):.0f} MiB at most, senders that failed: {failed}", flush=True)
    finally:
        receiver.end()
    print(f"there: {receiver.count()}")


class CordonAlone(Cordon):
    """What it sends goes nowhere until somebody listens; tried again as it is set where nothing is said."""
    name, retry = "cordon-alone", ""

    def archive_comes(self):
        arrived = self.folder + "/arrived"
        os.makedirs(arrived)
        self.others.append(self.begin(["storescp", "-v", "--fork", "-od", arrived, "+B", "+uf", str(self.archive)]))

    def arrived(self):
        return names(self.folder + "/arrived")


def away(options, work):
    """A study a minute while the archive is away; then it comes, and all of them are to be there, each once."""
    receiver, each, sent, start = CordonAlone(tempfile.mkdtemp(dir=work)), 20, 0, time.perf_counter()
    passed = lambda: time.perf_counter() - start
    try:
        while passed() < options.away:
            data = tempfile.mkdtemp(dir=work)
            _, failed = send(receiver.port, [make(data, 1, each, options.size, first=sent // each + 1)], False)
            shutil.rmtree(data)
            sent += each
            print(f"{passed():.0f} s: {sent} objects taken, {receiver.status('VmRSS'):.0f} MiB held, senders that failed: {failed}",
                  flush=True)
            time.sleep(max(0, min(60, options.away - passed())))
        receiver.archive_comes()
        back = passed()
        while receiver.arrived() < sent and passed() - back < 1800:
            time.sleep(1)
        print(f"{passed() - back:.0f} s after the archive came back {receiver.arrived()} of {sent} had arrived", flush=True)
        # What would come twice would come now.
        time.sleep(30)
        objects = sum("Received Store Request" in line for line in open(receiver.folder + "/log"))
        print(f"files at the archive: {receiver.arrived()}, in the vault: {receiver.count()}; "
              f"{receiver.status('VmHWM'):.0f} MiB at most; store requests that the archive wrote down: {objects}")
    finally:
        receiver.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--associations", default="1,4,16")
    parser.add_argument("--objects", type=int, default=480)
    parser.add_argument("--size", type=int, default=526_000, help="bytes of pixels")
    parser.add_argument("--receivers", help="names, with commas")
    parser.add_argument("--nagle", action="store_true")
    parser.add_argument("--json", help="a file for a line of each run")
    parser.add_argument("--memory", type=int, help="so many objects")
    parser.add_argument("--away", type=int, help="so many seconds")
    parser.add_argument("--work", default=None, help="a folder on the disk that is to be measured")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="gateway-bench-", dir=options.work)
    try:
        (memory if options.memory else away if options.away else compare)(options, work)
    finally:
        remove(work)


if __name__ == "__main__":
    main()
