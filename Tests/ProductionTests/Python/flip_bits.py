"""Changes bits of a bag, one at a time, and expects `verify.py` to name the file.

    python3 flip_bits.py BAG          CORDON_SOAK=1 changes every bit; else every byte of what is small, some of the rest
"""
import os, pathlib, random, sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Production"))
import verify


def places(size, order):
    if os.environ.get("CORDON_SOAK"):
        return [(byte, bit) for byte in range(size) for bit in range(8)]
    if size <= 600:
        return [(byte, order.randrange(8)) for byte in range(size)]
    return [(order.randrange(size), order.randrange(8)) for _ in range(60)]


def main(bag):
    order, count = random.Random(7), 0
    for path in sorted(path for path in pathlib.Path(bag).rglob("*") if path.is_file()):
        data, name = path.read_bytes(), path.relative_to(bag).as_posix()
        for byte, bit in places(len(data), order):
            changed = bytearray(data)
            changed[byte] ^= 1 << bit
            path.write_bytes(changed)
            verdict = verify.Verdict()
            verify.integrity(verify.Bag(bag, set(), None), verdict)
            if not any(word == "FAIL" and name in text for word, text in verdict.findings):
                sys.exit(f"bit {bit} of byte {byte} of {name}: {verdict.findings}")
            count += 1
        path.write_bytes(data)
    print(f"{count} changed bits")


main(sys.argv[1])
