"""Makes bags as docs/production.md describes them, by the book and without Cordon: a second implementation of the format.

    python3 make_bag.py FOLDER [--stamps] [--withhold]

Trees are computed by the recursive definitions of RFC 9162, not by what `verify.py` or Cordon do.
"""
import argparse, atexit, base64, csv, hashlib, hmac, io, json, os, pathlib, subprocess, sys, tempfile

sys.dont_write_bytecode = True  # nothing is left among the sources
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Production"))
import verify

ORIGIN = "example.org/custody"


def sha256(data):
    return hashlib.sha256(data).digest()


# RFC 9162 2.1.1, 2.1.3.1 and 2.1.4.1, as they are written there.
def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    k = split(len(leaves))
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def proof(m, leaves):
    return subproof(m, leaves, True) if 0 < m < len(leaves) else []


def subproof(m, leaves, whole):
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


class Signer:
    """RFC 8032 5.1.6, over the arithmetic of the verifier, which its own vectors check."""

    def __init__(self, seed, name, algorithm):
        digest = hashlib.sha512(seed).digest()
        self.scalar = (int.from_bytes(digest[:32], "little") & (2**254 - 8)) | 2**254
        self.prefix, self.name, self.algorithm = digest[32:], name, algorithm
        self.public = self.compress(verify.times(self.scalar, verify.BASE))
        data = bytes([algorithm]) + self.public
        self.id = sha256(name.encode() + b"\n" + data)[:4]
        self.fingerprint = sha256(data).hex()
        self.key = f"{name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    @staticmethod
    def compress(p):
        inverse = pow(p[2], verify.PRIME - 2, verify.PRIME)
        x, y = p[0] * inverse % verify.PRIME, p[1] * inverse % verify.PRIME
        return (y | (x & 1) << 255).to_bytes(32, "little")

    def sign(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % verify.ORDER
        commitment = self.compress(verify.times(r, verify.BASE))
        challenge = int.from_bytes(hashlib.sha512(commitment + self.public + message).digest(), "little")
        return commitment + ((r + challenge * self.scalar) % verify.ORDER).to_bytes(32, "little")

    def line(self, text):
        data = self.sign(text)
        if self.algorithm == 4:
            seconds = 1_795_000_000
            data = seconds.to_bytes(8, "big") + self.sign(b"cosignature/v1\ntime %d\n" % seconds + text)
        return f"\u2014 {self.name} {base64.b64encode(self.id + data).decode()}\n".encode()


def escape(text, name=False):
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace(" ", "\\s") if name else text


class Log:
    def __init__(self):
        self.leaves, self.openings = [], []
        self.signers = [Signer(sha256(b"log"), ORIGIN, 1), Signer(sha256(b"witness"), "example.net/witness", 4)]

    def add(self, kind, actor, facts=(), personal=()):
        lines = ["cordon-leaf/1", f"kind {kind}", f"time 2026-11-24T02:{len(self.leaves) % 60:02}:21.000Z"]
        lines += [f"actor {escape(actor)}"] + [f"fact {escape(n, True)} {escape(v)}" for n, v in facts]
        for name, value in personal:
            salt = sha256(b"salt %d %s" % (len(self.leaves), name.encode()))
            commitment = hmac.new(salt, name.encode() + b"\0" + value.encode(), hashlib.sha256).hexdigest()
            lines.append(f"personal {escape(name, True)} {commitment}")
            self.openings.append((len(self.leaves), name, value, salt.hex(), commitment))
        self.leaves.append("".join(line + "\n" for line in lines).encode())
        return len(self.leaves) - 1

    def text(self, size):
        return f"{ORIGIN}\n{size}\n{base64.b64encode(root(self.leaves[:size])).decode()}\n".encode()

    def checkpoint(self, size):
        return self.text(size) + b"\n" + self.signers[0].line(self.text(size))

    def cosignatures(self, size):
        return self.signers[1].line(self.text(size))

    def put(self, files, folder, size, authority):
        """A checkpoint of the log, with what a witness and an authority say of it."""
        files[f"{folder}/{size}.checkpoint"] = self.checkpoint(size)
        files[f"{folder}/{size}.cosignatures"] = self.cosignatures(size)
        if authority:
            files[f"{folder}/{size}.1.tsr"] = authority.stamp(self.checkpoint(size))

    def entry(self, index, size):
        proof = [hash.hex() for hash in path(index, self.leaves[:size])]
        return json_line({"index": index, "leaf": base64.b64encode(self.leaves[index]).decode(), "proof": proof})

    def consistency(self, first, second):
        proof_ = [hash.hex() for hash in proof(first, self.leaves[:second])]
        return json_line({"from": first, "to": second, "proof": proof_})


def json_line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def table(header, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header] + rows)
    return text.getvalue().encode()


class Authority:
    """A time stamping authority of our own, by `openssl ts`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        atexit.register(self.folder.cleanup)
        self.write("c.cnf", b"[tsa]\ndefault_tsa=x\n[x]\ndir=.\nserial=serial\nsigner_digest=sha256\n"
                   b"default_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\n[e]\nextendedKeyUsage=critical,timeStamping\n"
                   b"keyUsage=critical,digitalSignature\nbasicConstraints=CA:false\n")
        self.write("serial", b"01\n")
        self.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA",
                 "-days", "9999")
        self.run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA")
        self.run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "2", "-extfile",
                 "c.cnf", "-extensions", "e", "-out", "tsa.pem", "-days", "9999")

    def write(self, name, data):
        pathlib.Path(self.folder.name, name).write_bytes(data)

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder.name, check=True, capture_output=True)

    def stamp(self, data):
        self.write("data", data)
        self.run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        self.run("ts", "-reply", "-config", "c.cnf", "-section", "x", "-queryfile", "query", "-inkey", "tsa.key",
                 "-signer", "tsa.pem", "-out", "reply")
        return pathlib.Path(self.folder.name, "reply").read_bytes()

    @property
    def certificate(self):
        return pathlib.Path(self.folder.name, "ca.pem").read_bytes()


def seal(files):
    """The four lists of digests (RFC 8493 2.1.3 and 2.2.1)."""
    for kind, wanted in (("manifest", lambda name: name.startswith("data/")),
                         ("tagmanifest", lambda name: not name.startswith(("data/", "tagmanifest-")))):
        for algorithm in ("sha256", "sha512"):
            names = [name for name in sorted(files) if wanted(name)
                     and not (kind + algorithm == "tagmanifestsha256" and name.startswith("receipt/"))]
            text = "".join(f"{hashlib.new(algorithm, files[name]).hexdigest()}  {name}\n" for name in names)
            files[f"{kind}-{algorithm}.txt"] = text.encode()


def files_of_a_bag(instances=3, strangers=5, withhold=False, authority=None, log=None):
    """The files of a bag by their paths."""
    log = log or Log()
    files = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "README.txt": b"A test.\n"}
    originals = [b"\0" * 128 + b"DICM" + b"instance %d" % number for number in range(instances)]
    digests = [sha256(data).hex() for data in originals]
    entries, rows = [], []
    for number, (digest, data) in enumerate(zip(digests, originals)):
        for _ in range(strangers):
            log.add("received", "MODALITY", [("digest", sha256(b"another").hex())], [("PatientID", "999")])
        entries.append(log.add("received", "MODALITY", [("digest", digest)],
                               [("PatientID", f"P {number}"), ("PatientName", "Roe\\Jane")]))
        files[f"data/originals/{digest}.dcm"] = data
        rows.append([f"data/originals/{digest}.dcm", digest, len(data), f"1.2.{number}"])
    held = log.add("held", "a. counsel", [("matter", "Roe v. Roe"), ("instances", str(instances))])
    decided = log.add("decided", "cordon", [("digest", digests[0]), ("audience", "court"), ("explanation", sha256(b"{}").hex())])
    entries, first = entries + [held, decided], held + 1
    for _ in range(strangers):
        log.add("viewed", "b", [], [("PatientID", "999")])
    last = len(log.leaves)
    files["metadata/originals.csv"] = table(["file", "digest", "size", "SOPInstanceUID"], rows)
    files["metadata/absent.csv"] = table(["digest", "removed"], [])
    files["metadata/released.csv"] = table(["audience", "original", "disposition", "file", "digest"],
                                           [["court", digest, "sequester", "", ""] for digest in digests])
    files["metadata/holds.jsonl"] = json_line({"entry": held, "matter": "Roe v. Roe"}).encode()
    files["metadata/decisions.jsonl"] = json_line({"entry": decided, "audience": "court", "explanation": "{}"}).encode()
    files["metadata/log/entries.jsonl"] = "".join(log.entry(index, last) for index in entries).encode()
    told, kept = [], []
    for index, name, value, salt, commitment in log.openings:
        if index in entries and (withhold or name == "PatientName"):
            kept.append({"index": index, "name": name, "commitment": commitment, "why": "withheld"})
        elif index in entries:
            told.append({"index": index, "name": name, "value": value, "salt": salt})
    files["metadata/log/openings.jsonl"] = "".join(map(json_line, told)).encode()
    files["metadata/log/withheld.jsonl"] = "".join(map(json_line, kept)).encode()
    files["metadata/keys.txt"] = f"log {log.signers[0].key}\nwitness {log.signers[1].key}\n".encode()
    log.put(files, "metadata/log", first, None)
    log.put(files, "metadata/log", last, authority)
    files["metadata/log/consistency.jsonl"] = log.consistency(first, last).encode()
    files["bag-info.txt"] = f"Payload-Oxum: {sum(map(len, originals))}.{instances}\n".encode()
    if authority:
        files["metadata/tsa.pem"] = authority.certificate
    seal(files)
    manifest = sha256(files["tagmanifest-sha256.txt"]).hex()
    produced = log.add("produced", "a. counsel", [
        ("matter", "Roe v. Roe"), ("tag-manifest", manifest), ("instances", str(instances)), ("absent", "0"),
        ("entries", str(len(entries)))])
    size = len(log.leaves)
    log.put(files, "receipt", size, authority)
    files["receipt/entry.jsonl"] = log.entry(produced, size).encode()
    files["receipt/consistency.jsonl"] = log.consistency(last, size).encode()
    seal(files)
    return files


def write(files, folder):
    for name, data in files.items():
        place = pathlib.Path(folder, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--stamps", action="store_true")
    parser.add_argument("--withhold", action="store_true")
    options = parser.parse_args()
    write(files_of_a_bag(withhold=options.withhold, authority=Authority() if options.stamps else None), options.folder)
    print(Log().signers[0].fingerprint)
