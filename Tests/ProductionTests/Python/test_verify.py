"""`verify.py` against bags that were made without Cordon (make_bag.py), against published vectors and against pymerkle.

    python3 test_verify.py            CORDON_SOAK=1 flips every bit instead of one in each byte
"""
import base64, glob, json, os, pathlib, random, shutil, subprocess, sys, tempfile, unittest

sys.dont_write_bytecode = True
import make_bag
from make_bag import json_line, verify

SCRIPT = verify.__file__
SOAK = bool(os.environ.get("CORDON_SOAK"))
AUTHORITY = make_bag.Authority()
FINGERPRINT = make_bag.Log().signers[0].fingerprint


class Folder(tempfile.TemporaryDirectory):
    """A bag on disk for as long as a test looks at it."""

    def __init__(self, files):
        super().__init__()
        make_bag.write(files, self.name)


def verdicts(files, *arguments, python=sys.executable, environment=None):
    with Folder(files) as folder:
        done = subprocess.run([python, SCRIPT, "--json", "--trust", FINGERPRINT, *arguments, folder],
                              capture_output=True, text=True, env=environment)
        ours = agreeing(folder, arguments) if environment is None else None
    found = json.loads(done.stdout)
    words = {name: word for name, (word, _) in found.items()}
    if ours and ours != (words, done.returncode):
        raise AssertionError(f"cordon says {ours}, verify.py {words}")
    texts = {name: " | ".join(text for _, text in findings) for name, (_, findings) in found.items()}
    return words, texts, done.returncode


def agreeing(folder, arguments):
    """The words that our command has for the bag, where it is at hand."""
    if "CORDON" not in os.environ:
        return None
    done = subprocess.run([os.environ["CORDON"], "hold", "verify", "--json", "--trust", FINGERPRINT, *arguments, folder],
                          capture_output=True, text=True)
    if '"status":2' in done.stderr:
        return None  # an argument that is refused before anything is asked
    if not done.stdout:
        raise AssertionError(f"cordon says nothing: {done.stderr}")
    return {name: word for name, (word, _) in json.loads(done.stdout).items()}, done.returncode


def resealed(files):
    """The bag as somebody leaves it who knows how lists of digests are made, and has no key."""
    make_bag.seal(files)
    return files


def edited(name, change, **options):
    files = make_bag.files_of_a_bag(**options)
    files[name] = change(files[name])
    return files


def size(checkpoint):
    return int(checkpoint.split("/")[-1].split(".")[0])


def checkpoints(files):
    """Their names, by size; the last is the receipt's."""
    return sorted((name for name in files if name.endswith(".checkpoint")), key=size)


def lines(change):
    """A change of the records of a file, one JSON text a line."""
    return lambda data: "".join(map(json_line, change([json.loads(line) for line in data.decode().splitlines()]))).encode()


class Vectors(unittest.TestCase):
    # RFC 8032 7.1, tests 1 to 3.
    ED25519 = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
         "655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
         "b00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
         "c027beceea1ec40a"),
    ]

    def test_signatures_of_the_standard_verify_and_nothing_near_them_does(self):
        for key, message, signature in (map(bytes.fromhex, vector) for vector in self.ED25519):
            self.assertTrue(verify.is_signed(key, message, signature))
            self.assertFalse(verify.is_signed(key, message + b"x", signature))
            self.assertFalse(verify.is_signed(key, message, signature + b"\0"))
            again = int.from_bytes(signature[32:], "little") + verify.ORDER
            self.assertFalse(verify.is_signed(key, message, signature[:32] + again.to_bytes(32, "little")))
            for bit in range(0, 512, 1 if SOAK else 37):
                changed = bytearray(signature)
                changed[bit // 8] ^= 1 << bit % 8
                try:
                    self.assertFalse(verify.is_signed(key, message, bytes(changed)), bit)
                except verify.Wrong:
                    pass

    def test_a_signature_by_openssl_verifies(self):
        with tempfile.TemporaryDirectory() as folder:
            def run(*arguments):
                return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True).stdout
            run("genpkey", "-algorithm", "ed25519", "-out", "key")
            public = run("pkey", "-in", "key", "-pubout", "-outform", "DER")[-32:]
            pathlib.Path(folder, "text").write_bytes(b"a checkpoint\n")
            run("pkeyutl", "-sign", "-inkey", "key", "-rawin", "-in", "text", "-out", "signature")
            signature = pathlib.Path(folder, "signature").read_bytes()
        self.assertTrue(verify.is_signed(public, b"a checkpoint\n", signature))
        self.assertFalse(verify.is_signed(public, b"a checkpoint", signature))

    def test_the_checkpoint_of_the_specification_is_read(self):
        note = ("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
                "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n")
        with Folder({"1.checkpoint": note.encode()}) as folder:
            found = verify.Checkpoint(verify.Bag(folder, set(), None), "1.checkpoint")
        self.assertEqual((found.origin, found.size, found.root[:2].hex()), ("example.com/behind-the-sofa", 20852163, "0ac5"))

    def test_proofs_are_those_of_the_definitions(self):
        leaves = [b"leaf %d" % index for index in range(35)]
        for size in range(1, len(leaves) + 1):
            whole = make_bag.root(leaves[:size])
            for index in range(size):
                path = make_bag.path(index, leaves[:size])
                self.assertEqual(verify.root_with(leaves[index], index, size, path), whole)
                for other in range(size):
                    if other != index:
                        self.assertRefused(lambda: verify.root_with(leaves[index], other, size, path) == whole)
            for first in range(1, size + 1):
                proof, root = make_bag.proof(first, leaves[:size]), make_bag.root(leaves[:first])
                self.assertTrue(verify.extends(size, whole, first, root, proof))
                self.assertRefused(lambda: verify.extends(size, whole, first, make_bag.root([b"x"] + leaves[1:first]), proof))
                self.assertRefused(lambda: verify.extends(size, whole, first, root, proof + [whole]))
                if proof:
                    self.assertRefused(lambda: verify.extends(size, whole, first, root, proof[:-1]))

    def assertRefused(self, question):
        try:
            self.assertFalse(question())
        except (verify.Wrong, IndexError):
            pass

    def test_pymerkle_makes_the_same_trees(self):
        try:
            from pymerkle import InmemoryTree
        except ImportError:
            self.skipTest("pymerkle is not installed")
        tree, leaves = InmemoryTree(algorithm="sha256"), [b"leaf %d" % index for index in range(40)]
        for leaf in leaves:
            tree.append_entry(leaf)
        for size in (1, 2, 3, 7, 8, 9, 31, 40):
            self.assertEqual(tree.get_root(size), make_bag.root(leaves[:size]))


class Whole(unittest.TestCase):
    def test_a_bag_passes_when_its_keys_are_known_from_elsewhere(self):
        files = make_bag.files_of_a_bag(authority=AUTHORITY)
        with Folder({"ca.pem": AUTHORITY.certificate}) as folder:
            words, texts, status = verdicts(files, "--tsa-ca", folder + "/ca.pem")
        self.assertEqual((set(words.values()), status), ({"PASS"}, 0), texts)

    def test_without_knowing_the_keys_nothing_is_confirmed_and_the_fingerprints_are_printed(self):
        with Folder(make_bag.files_of_a_bag(authority=AUTHORITY)) as folder:
            done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn(FINGERPRINT, done.stdout)
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines() if line[0] != " "],
                         ["PASS", "UNCONFIRMED", "UNCONFIRMED", "PASS", "PASS"])

    def test_it_answers_the_same_on_every_python_at_hand(self):
        files = make_bag.files_of_a_bag(authority=AUTHORITY)
        expected = verdicts(files)
        pythons = [python for python in sorted(glob.glob("/usr/bin/python3.*[0-9]") + glob.glob(
            os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))) if self.is_recent(python)]
        for python in pythons:
            self.assertEqual(verdicts(files, python=python), expected, python)
        print(f"verify.py: {len(pythons)} Pythons", file=sys.stderr)

    @staticmethod
    def is_recent(python):
        done = subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 8))"])
        return done.returncode == 0

    def test_it_needs_nothing_but_the_standard_library_and_has_fewer_than_400_lines(self):
        text = pathlib.Path(SCRIPT).read_text()
        self.assertLess(len(text.splitlines()), 400)
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        with Folder(make_bag.files_of_a_bag()) as folder:
            done = subprocess.run([sys.executable, "-I", "-S", SCRIPT, folder], capture_output=True)
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_a_bag_that_was_moved_answers_from_where_it_lies(self):
        files = make_bag.files_of_a_bag()
        files["verify.py"] = pathlib.Path(SCRIPT).read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            make_bag.write(files, folder + "/a first place")
            shutil.move(folder + "/a first place", folder + "/\u00e4 second")
            done = subprocess.run([sys.executable, folder + "/\u00e4 second/verify.py", "--json"], capture_output=True)
        self.assertIn("extra: 'verify.py'", json.loads(done.stdout)["integrity"][1][0][1])

    def test_without_openssl_time_is_unconfirmed(self):
        words, texts, status = verdicts(make_bag.files_of_a_bag(authority=AUTHORITY), environment={"PATH": "/nonexistent"})
        self.assertEqual((words["time"], status), ("UNCONFIRMED", 3))
        self.assertIn("openssl", texts["time"])

    def test_what_cannot_be_checked_is_an_error(self):
        words, texts, status = verdicts(make_bag.files_of_a_bag(authority=AUTHORITY), "--tsa-ca", "/")
        self.assertEqual((words["time"], status), ("ERROR", 2), texts)


class Changed(unittest.TestCase):
    """Somebody, or a disk, changes a file and nothing else."""

    def test_every_changed_bit_is_found_and_its_file_named(self):
        files = make_bag.files_of_a_bag(instances=1, strangers=1)
        order, count = random.Random(4), 0
        with Folder(files) as folder:
            for name, data in files.items():
                for position in range(len(data)):
                    for bit in range(8) if SOAK else [order.randrange(8)]:
                        changed = bytearray(data)
                        changed[position] ^= 1 << bit
                        pathlib.Path(folder, name).write_bytes(changed)
                        verdict = verify.Verdict()
                        verify.integrity(verify.Bag(folder, set(), None), verdict)
                        named = any(word == "FAIL" and name in text for word, text in verdict.findings)
                        self.assertTrue(named, (name, position, bit, verdict.findings))
                        count += 1
                pathlib.Path(folder, name).write_bytes(data)
        print(f"verify.py: {count} changed bits", file=sys.stderr)

    def test_every_cut_is_found(self):
        files = make_bag.files_of_a_bag(instances=1, strangers=1)
        with Folder(files) as folder:
            for name, data in files.items():
                for changed in (data[:-1], data + b"\n", b"", data[:len(data) // 2]):
                    pathlib.Path(folder, name).write_bytes(changed)
                    verdict = verify.Verdict()
                    verify.integrity(verify.Bag(folder, set(), None), verdict)
                    self.assertTrue(any(word == "FAIL" and name in text for word, text in verdict.findings), name)
                pathlib.Path(folder, name).write_bytes(data)

    def test_missing_extra_and_renamed_files_are_named(self):
        for name in make_bag.files_of_a_bag():
            files = make_bag.files_of_a_bag()
            del files[name]
            words, texts, status = verdicts(files)
            self.assertEqual((words["integrity"], status), ("FAIL", 1), name)
            self.assertIn(f"missing: '{name}'", texts["integrity"])
        for extra in ("data/more", "metadata/log/more.txt", "more\nlines", "receipt/more", "tagmanifest-md5.txt"):
            files = make_bag.files_of_a_bag()
            files[extra] = b"?"
            words, texts, _ = verdicts(files)
            self.assertEqual(words["integrity"], "FAIL", extra)
            self.assertIn(f"extra: {extra!a}", texts["integrity"])
        files = make_bag.files_of_a_bag()
        files["metadata/originals.CSV"] = files.pop("metadata/originals.csv")
        words, texts, _ = verdicts(files)
        self.assertIn("missing: 'metadata/originals.csv'", texts["integrity"])
        self.assertIn("extra: 'metadata/originals.CSV'", texts["integrity"])

    def test_a_link_in_the_place_of_a_file_is_no_file_of_the_bag(self):
        files = make_bag.files_of_a_bag()
        for name, target in (("metadata/holds.jsonl", "../elsewhere"), ("metadata/log", "../../elsewhere")):
            with tempfile.TemporaryDirectory() as folder:
                make_bag.write(files, folder + "/bag")
                shutil.move(f"{folder}/bag/{name}", folder + "/elsewhere")
                os.symlink(target, f"{folder}/bag/{name}")
                verdict = verify.Verdict()
                verify.integrity(verify.Bag(folder + "/bag", set(), None), verdict)
                self.assertEqual(verdict.word, "FAIL")
                self.assertTrue(any(repr(name) in text for _, text in verdict.findings), verdict.findings)


class Forged(unittest.TestCase):
    """Somebody without a key changes a bag and makes its lists of digests anew."""

    def expect(self, files, question, text=""):
        words, texts, status = verdicts(resealed(files))
        self.assertEqual((words["integrity"], words[question], status), ("PASS", "FAIL", 1), texts)
        self.assertIn(text, texts[question])
        return words

    def test_any_resealed_change_is_another_bag_than_was_signed(self):
        self.expect(edited("README.txt", lambda data: data + b"!"), "authorship", "another bag")

    def test_a_truncated_matter_is_found_by_completeness(self):
        whole = make_bag.files_of_a_bag(instances=3)
        name = sorted(name for name in whole if name.startswith("data/"))[0]
        digest = name[-68:-4]

        def names_it(record):
            return b"fact digest " + digest.encode() in base64.b64decode(record["leaf"])
        gone = {record["index"] for record in map(json.loads, whole["metadata/log/entries.jsonl"].decode().splitlines())
                if names_it(record)}
        files = dict(whole)
        del files[name]
        for path in ("metadata/originals.csv", "metadata/released.csv"):
            files[path] = b"".join(line for line in files[path].splitlines(True) if digest.encode() not in line)
        for path in ("metadata/decisions.jsonl", "metadata/log/openings.jsonl", "metadata/log/withheld.jsonl"):
            files[path] = lines(lambda all: [it for it in all if it.get("index", it.get("entry")) not in gone])(files[path])
        files["metadata/log/entries.jsonl"] = lines(lambda all: [it for it in all if not names_it(it)])(
            files["metadata/log/entries.jsonl"])
        words = self.expect(files, "completeness", "instances: 2 are here")
        self.assertEqual(words["redaction"], "PASS")

    def test_an_original_that_the_log_does_not_name_is_found(self):
        files = make_bag.files_of_a_bag()
        digest = make_bag.sha256(b"planted").hex()
        files[f"data/originals/{digest}.dcm"] = b"planted"
        files["metadata/originals.csv"] += f"data/originals/{digest}.dcm,{digest},7,1.2\r\n".encode()
        files["metadata/released.csv"] += f"court,{digest},sequester,,\r\n".encode()
        self.expect(files, "completeness", digest)

    def test_an_original_under_the_name_of_another_is_found(self):
        files = make_bag.files_of_a_bag()
        first, second = sorted(name for name in files if name.startswith("data/"))[:2]
        files[first], files[second] = files[second], files[first]
        self.expect(files, "completeness", "is not there as")

    def test_an_entry_without_its_proof_is_found(self):
        def change(records):
            records[1]["proof"][0] = "00" * 32
            return records
        self.expect(edited("metadata/log/entries.jsonl", lines(change)), "completeness", "is not proved")

    def test_a_changed_leaf_is_found(self):
        def change(records):
            leaf = base64.b64decode(records[0]["leaf"]).replace(b"MODALITY", b"modality")
            records[0]["leaf"] = base64.b64encode(leaf).decode()
            return records
        self.expect(edited("metadata/log/entries.jsonl", lines(change)), "completeness", "is not proved")

    def test_a_missing_entry_is_found(self):
        self.expect(edited("metadata/log/entries.jsonl", lines(lambda all: all[:-1])), "completeness", "decisions.jsonl")

    def test_an_entry_that_stands_twice_hides_no_other(self):
        self.expect(edited("metadata/log/entries.jsonl", lines(lambda all: all[:-1] + all[-2:])), "completeness", "twice")

    def test_another_explanation_than_was_logged_is_found(self):
        self.expect(edited("metadata/decisions.jsonl", lambda data: data.replace(b"{}", b"{ }")), "completeness",
                    "decisions.jsonl")

    def test_what_became_of_an_original_is_not_left_out(self):
        self.expect(edited("metadata/released.csv", lambda data: b"".join(data.splitlines(True)[:-1])), "completeness",
                    "released.csv")

    def test_a_forked_log_is_found(self):
        """Whoever has the key signs a second history: the same sizes, another past."""
        fork = make_bag.Log()
        fork.add("received", "MODALITY", [("digest", "0" * 64)])
        other = make_bag.files_of_a_bag(log=fork, strangers=4)
        files = make_bag.files_of_a_bag()
        last = checkpoints(files)[-2]
        theirs = make_bag.Log()
        theirs.leaves = [b"another past\n"] * size(last)
        files[last] = theirs.checkpoint(len(theirs.leaves))
        words = self.expect(files, "completeness", "forked")
        self.assertNotEqual(other[checkpoints(other)[-1]], files[checkpoints(files)[-1]])

    def test_a_checkpoint_signed_by_another_key_is_found(self):
        stranger = make_bag.Signer(b"stranger", make_bag.ORIGIN, 1)

        def change(data):
            text = data.partition(b"\n\n")[0] + b"\n"
            return text + b"\n" + stranger.line(text)
        receipt = checkpoints(make_bag.files_of_a_bag())[-1]
        self.expect(edited(receipt, change), "authorship", "a key")
        # With its key in the bag, the signature is good, and it is not the key that is trusted.
        files = edited(receipt, change)
        files["metadata/keys.txt"] += f"log {stranger.key}\n".encode()
        make_bag.seal(files)
        self.assertEqual(verdicts(files)[0]["authorship"], "FAIL")

    def test_a_bag_that_a_stranger_made_throughout_is_not_confirmed(self):
        log = make_bag.Log()
        log.signers[0] = make_bag.Signer(b"stranger", make_bag.ORIGIN, 1)
        words, _, status = verdicts(make_bag.files_of_a_bag(log=log))
        self.assertEqual((words["authorship"], status), ("UNCONFIRMED", 3))

    def test_a_witness_that_did_not_sign_is_found(self):
        files = make_bag.files_of_a_bag()
        name = checkpoints(files)[0].replace(".checkpoint", ".cosignatures")
        head, _, tail = files[name].rpartition(b" ")
        data = bytearray(base64.b64decode(tail))
        data[11] ^= 1  # the time of the cosignature
        files[name] = head + b" " + base64.b64encode(bytes(data)) + b"\n"
        self.expect(files, "authorship", "does not verify")

    def test_a_stamp_of_another_checkpoint_is_found(self):
        files = make_bag.files_of_a_bag(authority=AUTHORITY)
        files[checkpoints(files)[-1].replace(".checkpoint", ".1.tsr")] = AUTHORITY.stamp(b"something else")
        self.expect(files, "time", "is not for its checkpoint")

    def test_a_stamp_that_another_authority_gave_is_found(self):
        files = make_bag.files_of_a_bag(authority=AUTHORITY)
        receipt = checkpoints(files)[-1]
        files[receipt.replace(".checkpoint", ".1.tsr")] = make_bag.Authority().stamp(files[receipt])
        self.expect(files, "time", "openssl does not verify")

    def test_swapped_openings_are_found(self):
        def change(records):
            records[0]["value"], records[1]["value"] = records[1]["value"], records[0]["value"]
            return records
        self.expect(edited("metadata/log/openings.jsonl", lines(change)), "redaction", "not what the log holds")

    def test_a_personal_fact_that_is_neither_told_nor_declared_is_found(self):
        self.expect(edited("metadata/log/openings.jsonl", lines(lambda all: all[1:])), "redaction", "neither told")
        self.expect(edited("metadata/log/withheld.jsonl", lines(lambda all: all[1:])), "redaction", "neither told")

    def test_more_declared_than_there_is_is_found(self):
        self.expect(edited("metadata/log/withheld.jsonl", lines(lambda all: all + all[:1])), "redaction")

    def test_withholding_all_is_a_pass_and_says_how_many(self):
        words, texts, _ = verdicts(make_bag.files_of_a_bag(withhold=True))
        self.assertEqual(words["redaction"], "PASS")
        self.assertIn("0 personal facts told, 6 kept back", texts["redaction"])


class Independent(unittest.TestCase):
    def test_the_bagit_package_finds_the_same_bags_valid(self):
        try:
            import bagit
        except ImportError:
            self.skipTest("bagit is not installed")
        with Folder(make_bag.files_of_a_bag(authority=AUTHORITY)) as folder:
            bagit.Bag(folder).validate()
            next(pathlib.Path(folder, "data/originals").iterdir()).write_bytes(b"?")
            self.assertFalse(bagit.Bag(folder).is_valid())


if __name__ == "__main__":
    unittest.main()
