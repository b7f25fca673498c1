#!/usr/bin/env python3
"""Checks a production of medical images that was handed over in a legal matter. It needs Python 3.8, nothing else.

    python3 verify.py [--trust FINGERPRINT]... [--tsa-ca FILE] [--json] [BAG]

BAG is the folder that this file came in. Nothing in it is run or changed, and no network is asked. Who does not trust
this copy takes another and points it at the bag. Five questions are answered, each with a verdict of its own:

  integrity     is every file there as it was written, and no other?
  authorship    who signed the log's checkpoints and, through them, this bag?
  time          when did it exist at the latest, by an independent time stamp (RFC 3161)?
  completeness  is all here that was to be handed over, and is every log entry proved?
  redaction     is what was kept back declared, and is nothing else missing?

PASS: checked, good. FAIL: wrong. ERROR: cannot be checked. UNCONFIRMED: nothing is wrong, but the proof ends in a key
or certificate that came with the bag: compare its fingerprint, printed here, with what you were told by other means (a
letter), and give it with --trust. Exit status: 0 if all is PASS, else 1 for FAIL, 2 for ERROR, 3 for UNCONFIRMED.
"""
import argparse, base64, collections, csv, datetime, hashlib, hmac, json, os, re, shutil, stat, subprocess, sys


class Wrong(Exception):
    """What was checked is not as it must be."""


def require(good, text):
    if not good:
        raise Wrong(text)

# ---- Ed25519 signatures (RFC 8032, 5.1) -----------------------------------------------------------------------------
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


def point(data):
    """A point of the curve from its 32 bytes, as (X, Y, Z, T)."""
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    require(len(data) == 32 and y < PRIME and x * x % PRIME == square and (x or not sign), "not a point of the curve")
    x = x if x & 1 == sign else PRIME - x
    return x, y, 1, x * y % PRIME


def plus(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * CURVE, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def times(scalar, p):
    result = (0, 1, 1, 0)
    while scalar:
        result, p, scalar = plus(result, p) if scalar & 1 else result, plus(p, p), scalar >> 1
    return result


BASE = point((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little"))


def is_signed(key, message, signature):
    """Whether the owner of the key signed the message."""
    scalar = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    if len(signature) != 64 or scalar >= ORDER:
        return False
    left, right = times(scalar, BASE), plus(point(signature[:32]), times(challenge, point(key)))
    return all((left[i] * right[2] - right[i] * left[2]) % PRIME == 0 for i in (0, 1))

# ---- The log: a Merkle tree (RFC 9162, 2.1) -------------------------------------------------------------------------
def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_with(leaf, index, size, proof):
    """The root of a tree of that size in which the leaf stands at the index (2.1.3.2)."""
    require(0 <= index < size, "an entry lies outside of its tree")
    root, last, proof = hashlib.sha256(b"\0" + leaf).digest(), size - 1, list(proof)
    while last:
        if index != last or index & 1:  # the last node without a neighbour goes up as it is
            root = node(proof.pop(0), root) if index & 1 else node(root, proof.pop(0))
        index, last = index >> 1, last >> 1
    require(not proof, "a proof is too long")
    return root


def extends(size, root, first_size, first_root, proof):
    """Whether a tree only adds to an earlier one (2.1.4.2)."""
    require(0 < first_size <= size, "a later checkpoint is of a smaller tree")
    if first_size == size:
        return not proof and first_root == root
    place, last, proof = first_size - 1, size - 1, list(proof)
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = proof.pop(0) if place else first_root
    while last:
        if place & 1:
            old, new = node(proof[0], old), node(proof.pop(0), new)
        elif place < last:
            new = node(new, proof.pop(0))
        place, last = place >> 1, last >> 1
    return not proof and old == first_root and new == root

# ---- Checkpoints of the log (c2sp.org/tlog-checkpoint) and its entries ----------------------------------------------
def read_keys(bag):
    """The public keys in the bag: a role and a verifier key (c2sp.org/signed-note) on each line."""
    keys = {}
    for line in bag.read("metadata/keys.txt").decode().split("\n")[:-1]:
        role, name, identifier, data = re.fullmatch(r"(log|witness) (.+)\+([0-9a-f]{8})\+(.+)", line).groups()
        data = base64.b64decode(data, validate=True)
        owner = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        require(len(data) == 33 and data[0] == {"log": 1, "witness": 4}[role] and owner.hex() == identifier,
                f"the key of `{name}` is not the one that it is named after")
        keys[name, owner] = (role, data[1:], hashlib.sha256(data).hexdigest())
    return keys


class Checkpoint:
    """What the log's key signed: how many entries there are, and the root of the tree over them."""
    def __init__(self, bag, path):
        self.path, self.note = path, bag.read(path)
        cosignatures = path.replace(".checkpoint", ".cosignatures")
        note = self.note + (bag.read(cosignatures) if os.path.exists(bag.path(cosignatures)) else b"")
        pattern = "(.+)\n(0|[1-9][0-9]*)\n(.{44})\n\n((?:\u2014 [^ \n]+ [^ \n]+\n)+)"
        self.origin, size, root, signatures = re.fullmatch(pattern, note.decode()).groups()
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        self.text = f"{self.origin}\n{size}\n{root}\n".encode()
        self.signatures = [line.split(" ")[1:] for line in signatures[:-1].split("\n")]

    def signers(self, keys):
        """Role and name of who signed it, by fingerprint: the log and witnesses. Each signature must verify."""
        found = {}
        for name, data in self.signatures:
            data = base64.b64decode(data, validate=True)
            require((name, data[:4]) in keys, f"{self.path} is signed by a key of `{name}` that is not in the bag")
            role, key, fingerprint = keys[name, data[:4]]
            message, signature = self.text, data[4:]
            if role == "witness":  # c2sp.org/tlog-cosignature: the time of signing stands before the signature
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(data[4:12], "big") + self.text
                signature = data[12:]
            require(is_signed(key, message, signature), f"the signature of `{name}` on {self.path} does not verify")
            found[fingerprint] = (role, name)
        require(("log", self.origin) in found.values(), f"{self.path} is not signed by the log `{self.origin}`")
        return found


class Entry:
    """An entry of the log: the bytes that the tree holds, its proof, and what it says."""
    unescape = staticmethod(lambda text: re.sub(r"\\(.)", lambda it: {"n": "\n", "s": " "}.get(it[1], it[1]), text))

    def __init__(self, record):
        self.index, self.proof = record["index"], [bytes.fromhex(hash) for hash in record["proof"]]
        self.leaf, self.facts, self.commitments = base64.b64decode(record["leaf"], validate=True), [], []
        version, *lines, end = self.leaf.decode().split("\n")
        require(version == "cordon-leaf/1" and not end, f"entry {self.index} is not of this format")
        for line in lines:
            word, _, rest = line.partition(" ")
            name, _, value = rest.partition(" ")
            if word in ("fact", "personal"):
                pair = (self.unescape(name), self.unescape(value))
                (self.facts if word == "fact" else self.commitments).append(pair)
            else:
                require(word in ("kind", "time", "actor"), f"entry {self.index} says what this format does not know")
                setattr(self, word, self.unescape(rest))

    def all(self, name):
        return [value for key, value in self.facts if key == name]

    def is_in(self, checkpoint):
        return root_with(self.leaf, self.index, checkpoint.size, self.proof) == checkpoint.root

# ---- Time stamps (RFC 3161) -----------------------------------------------------------------------------------------
def der(data):
    """The contents of DER elements that stand one after the other."""
    found = []
    while data:
        start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
        end = start + (int.from_bytes(data[2:start], "big") if data[1] & 0x80 else data[1])
        require(end <= len(data), "a time stamp is cut off")
        found.append(data[start:end])
        data = data[end:]
    return found


def stamped(response):
    """The digest that a time stamp is for, its algorithm, and the time that it states."""
    _, content_info = der(der(response)[0])
    signed_data = der(der(der(content_info)[1])[0])
    information = der(der(der(der(signed_data[2])[1])[0])[0])
    algorithm, digest = der(information[2])
    name = {"01": "sha256", "02": "sha384", "03": "sha512"}[der(algorithm)[0].hex()[-2:]]
    return digest, name, datetime.datetime.strptime(information[4].decode()[:14] + "+0000", "%Y%m%d%H%M%S%z")

# ---- The bag and the five questions ---------------------------------------------------------------------------------
class Verdict:
    """What was found on one question. The worst of it is the answer."""
    WORDS = ("PASS", "UNCONFIRMED", "ERROR", "FAIL")

    def __init__(self):
        self.word, self.findings = "PASS", []

    def add(self, word, text):
        self.findings.append((word, text))
        self.word = max(self.word, word, key=self.WORDS.index)


class Bag:
    def __init__(self, root, trusted, authorities):
        self.root, self.trusted, self.authorities, self.digests = root, trusted, authorities, {}

    def path(self, path):
        return os.path.join(self.root, *path.split("/"))

    def read(self, path):
        with open(self.path(path), "rb") as file:
            return file.read()

    def records(self, path):
        """The rows of a table (RFC 4180), or a JSON text from each line."""
        with open(self.path(path), encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, strict=True) if path.endswith(".csv") else map(json.loads, file)

    def stamps(self, checkpoint):
        folder, name = os.path.split(checkpoint.path[:-len("checkpoint")])
        return [f"{folder}/{it}" for it in sorted(os.listdir(self.path(folder))) if re.match(name + r"\d+\.tsr$", it)]

    def trusts(self, fingerprints):
        known = fingerprints <= self.trusted
        return ("PASS", ", which you trust") if known else (
            "UNCONFIRMED", f": compare {', '.join(sorted(fingerprints))}, then give --trust")

    def entries(self, path="metadata/log/entries.jsonl"):
        return map(Entry, self.records(path))

    def checkpoints(self):
        """By size. The last is the receipt's, which was made when all else was written."""
        paths = [f"{folder}/{name}" for folder in ("metadata/log", "receipt") for name in os.listdir(self.path(folder))]
        found = [Checkpoint(self, path) for path in paths if path.endswith(".checkpoint")]
        return sorted(found, key=lambda it: it.size)

    def files(self):
        """Every path below the root, and whether it is a file."""
        for folder, folders, names in os.walk(self.root):
            for name in names + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
                path = os.path.join(folder, name)
                yield os.path.relpath(path, self.root).replace(os.sep, "/"), stat.S_ISREG(os.lstat(path).st_mode)


def integrity(bag, verdict):
    """Every file against its digests, and the lists of digests (RFC 8493) against the folder."""
    for path, is_file in bag.files():
        hashes = {name: hashlib.new(name) for name in ("sha256", "sha512")}
        with open(bag.path(path) if is_file else os.devnull, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                for hash in hashes.values():
                    hash.update(piece)
        bag.digests[path] = {name: hash.hexdigest() for name, hash in hashes.items()} if is_file else {}
    lists = {f"{kind}-{name}.txt": {} for kind in ("manifest", "tagmanifest") for name in ("sha256", "sha512")}
    for name in lists:
        text = bag.read(name).decode("utf-8", "replace") if name in bag.digests else ""
        lists[name] = dict(line.partition("  ")[::-2] for line in text.split("\n")[:-1])
        written = "".join(f"{digest}  {path}\n" for path, digest in sorted(lists[name].items()))
        if name not in bag.digests or text != written:
            verdict.add("FAIL", f"{'changed' if name in bag.digests else 'missing'}: {name!a}")
    for path in sorted(set(bag.digests).union(*lists.values())):
        names = [name for name in lists if name.startswith("manifest-" if path.startswith("data/") else "tagmanifest-")]
        # The receipt says what the first list of tag files is, and so cannot stand in it; these lists are in none.
        names = names[1:] if path.startswith("receipt/") else [] if path in names else names
        wrong = [name for name in lists if lists[name].get(path) != (
            bag.digests.get(path, {}).get(name[-10:-4], "") if name in names else None)]
        if wrong:
            listed = any(path in list for list in lists.values())
            what = "missing" if path not in bag.digests else "changed" if listed else "extra"
            where = f"{wrong[0]}, in its line on " if len(wrong) < len(names) else ""
            verdict.add("FAIL", f"{what}: {where}{path!a} (by {', '.join(wrong)})")
    verdict.add("PASS", f"{len(bag.digests)} files")


def authorship(bag, verdict):
    """The signatures, and that what is signed is this bag."""
    keys, signers = read_keys(bag), {}
    for checkpoint in bag.checkpoints():
        signers.update(checkpoint.signers(keys))
    receipt, = bag.entries("receipt/entry.jsonl")
    require(receipt.kind == "produced" and receipt.is_in(checkpoint), "the receipt does not lead to its checkpoint")
    manifest = hashlib.sha256(bag.read("tagmanifest-sha256.txt")).hexdigest()
    require(receipt.all("tag-manifest") == [manifest], "the receipt in the log is for another bag, or an earlier state")
    verdict.add("PASS", f"by `{receipt.actor}` at {receipt.time}, entry {receipt.index} of `{checkpoint.origin}`")
    for fingerprint, (role, name) in sorted(signers.items()):
        word, hint = bag.trusts({fingerprint})
        verdict.add(word if role == "log" else "PASS", f"signed by {role} `{name}`{hint}")


def time(bag, verdict):
    """The time stamps on checkpoints: what they are for, what they state, and who gave them."""
    authorities, checkpoints = bag.authorities or bag.path("metadata/tsa.pem"), bag.checkpoints()
    for path, checkpoint in ((path, it) for it in checkpoints for path in bag.stamps(it)):
        digest, algorithm, moment = stamped(bag.read(path))
        require(hashlib.new(algorithm, checkpoint.note).digest() == digest, f"{path} is not for its checkpoint")
        word, hint = "UNCONFIRMED", ", says its stamp; who signed it, only `openssl` and a certificate can tell"
        if shutil.which("openssl") and os.path.exists(authorities):
            with open(authorities) as file:
                texts = re.findall("-----BEGIN CERTIFICATE-----([^-]+)-----END", file.read())
            prints = {hashlib.sha256(base64.b64decode(text)).hexdigest() for text in texts}
            command = ["openssl", "ts", "-verify", "-data", bag.path(checkpoint.path), "-in", bag.path(path)]
            done = subprocess.run(command + ["-CAfile", authorities], stdin=subprocess.DEVNULL, capture_output=True)
            require(done.returncode == 0, f"openssl does not verify {path}")
            word, hint = ("PASS", "") if bag.authorities else bag.trusts(prints)
        verdict.add(word, f"{checkpoint.path}, {checkpoint.size} entries, existed at {moment.isoformat()}{hint}")
    if not verdict.findings:
        verdict.add("UNCONFIRMED", "there is no time stamp; times are those of the log's own clock")


def completeness(bag, verdict):
    """Trees that only grow, entries that are in them, and the sum of it all in the receipt."""
    *checkpoints, last = bag.checkpoints()
    proofs = {(it["from"], it["to"]): it["proof"] for name in ("metadata/log", "receipt")
              for it in bag.records(name + "/consistency.jsonl")}
    for first, second in zip(checkpoints, checkpoints[1:] + [last]):
        proof = [bytes.fromhex(hash) for hash in proofs[first.size, second.size]]
        require(first.origin == second.origin and extends(second.size, second.root, first.size, first.root, proof),
                f"{second.path} does not continue {first.path}: the log was forked")
    originals = {row["digest"]: row["file"] for row in bag.records("metadata/originals.csv")}
    absent = {row["digest"] for row in bag.records("metadata/absent.csv")}
    logged, named, count = {"held": {}, "decided": {}}, set(), 0
    for count, entry in enumerate(bag.entries(), 1):
        require(entry.is_in(checkpoints[-1]), f"entry {entry.index} is not proved by its path")
        named.update(entry.all("digest") if entry.kind in ("received", "decided") else ())
        logged.setdefault(entry.kind, {})[entry.index] = entry.all("explanation")
    for digest, file in originals.items():
        require(bag.digests.get(file, {}).get("sha256") == digest, f"original {digest} is not there as {file}")
    differ = named ^ (set(originals) | absent)
    require(not differ, f"what the log names and what is here, or said to be absent, differ: {', '.join(differ)}")
    told = {it["entry"]: [hashlib.sha256(it["explanation"].encode()).hexdigest()]
            for it in bag.records("metadata/decisions.jsonl")}
    require(told == logged["decided"], "decisions.jsonl does not tell the decisions that the log has")
    held = {it["entry"] for it in bag.records("metadata/holds.jsonl")}
    require(held == set(logged["held"]), "holds.jsonl does not tell the holds that the log has")
    released = [(row["audience"], row["original"]) for row in bag.records("metadata/released.csv")]
    wanted = {(audience, digest) for audience, _ in released for digest in originals}
    require(sorted(released) == sorted(wanted), "released.csv does not say of every original what became of it")
    receipt, = bag.entries("receipt/entry.jsonl")
    require(count == sum(map(len, logged.values())), "an entry is there twice")
    for name, here in (("instances", len(originals)), ("absent", len(absent)), ("entries", count)):
        require(receipt.all(name) == [str(here)], f"{name}: {here} are here, {receipt.all(name)} were handed over")
    verdict.add("PASS", f"{len(originals)} originals, {len(absent)} absent, {count} entries of {checkpoints[-1].size}")


def redaction(bag, verdict):
    """Each commitment on the log: opened, or declared as withheld or erased."""
    told, kept = collections.Counter(), collections.Counter()
    for it in bag.records("metadata/log/openings.jsonl"):
        message = it["name"].encode() + b"\0" + it["value"].encode()
        commitment = hmac.new(bytes.fromhex(it["salt"]), message, hashlib.sha256).hexdigest()
        told[it["index"], it["name"], commitment] += 1
    for it in bag.records("metadata/log/withheld.jsonl"):
        kept[it["index"], it["name"], it["commitment"]] += 1
    made = collections.Counter((entry.index, *pair) for entry in bag.entries() for pair in entry.commitments)
    said = told + kept
    for differing, how in (said - made, "not what the log holds"), (made - said, "neither told nor declared"):
        for index, name, _ in differing:
            verdict.add("FAIL", f"what is said of `{name}` in entry {index}: {how}")
    verdict.add("PASS", f"{sum(told.values())} personal facts told, {sum(kept.values())} kept back and declared")


def main():
    parser = argparse.ArgumentParser(epilog="The first lines of this file say what it asks and answers.")
    parser.add_argument("bag", nargs="?", default=os.path.dirname(os.path.abspath(__file__)), metavar="BAG")
    parser.add_argument("--trust", action="append", default=[], help="a fingerprint that you were told by other means")
    parser.add_argument("--tsa-ca", help="certificates of time stamping authorities that you trust, PEM")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    options, verdicts = parser.parse_args(), {}
    if not os.path.isdir(options.bag):
        parser.error("BAG is no folder")
    bag = Bag(options.bag, {re.sub("[^0-9a-f]", "", text.lower()) for text in options.trust}, options.tsa_ca)
    for question in (integrity, authorship, time, completeness, redaction):
        verdict = verdicts[question.__name__] = Verdict()
        try:
            question(bag, verdict)
        except (Wrong, FileNotFoundError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
            verdict.add("FAIL", str(error) if isinstance(error, Wrong) else f"not to be read: {error!r}")
        except Exception as error:
            verdict.add("ERROR", repr(error))
    if options.json:
        print(json.dumps({name: [it.word, it.findings] for name, it in verdicts.items()}, indent=2))
    else:
        for name, it in verdicts.items():
            print(f"{it.word:11} {name}", *(f"            {text}" for _, text in it.findings), sep="\n")
    words = {it.word for it in verdicts.values()}
    sys.exit(1 if "FAIL" in words else 2 if "ERROR" in words else 3 if "UNCONFIRMED" in words else 0)


if __name__ == "__main__":
    main()
