#!/usr/bin/env python3
"""One object of many compressed frames, of as many gigabytes as asked for: how long it takes to be de-identified, and in what memory.

The object is made of nothing but its bytes: a header, and JPEG 2000 codestreams of one tile-part of zeros whose length is not stated, so
that its end has to be looked for (ISO 15444-1 A.4.2). The file has holes where the zeros are; what comes out of it has none.
"""
import argparse
import os
import resource
import shutil
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE = 1000


def element(group, number, vr, value):
    value += b"" if len(value) % 2 == 0 else b"\0" if vr in ("UI", "OB") else b" "
    form = "<HH2s2xI" if vr == "OB" else "<HH2sH"
    return struct.pack(form, group, number, vr.encode(), len(value)) + value


def header(frames):
    sop_class, instance, study = b"1.2.840.10008.5.1.4.1.1.7.3", b"2.25.1", b"2.25.2"
    meta = element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", sop_class) + element(2, 3, "UI", instance) + element(
        2, 0x10, "UI", b"1.2.840.10008.1.2.4.90")
    number = lambda tag, value: element(0x28, tag, "US", struct.pack("<H", value))
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + b"".join([
        element(8, 0x16, "UI", sop_class), element(8, 0x18, "UI", instance), element(8, 0x60, "CS", b"OT"),
        element(0x10, 0x10, "PN", b"ZZ^LARGE"), element(0x10, 0x20, "LO", b"ZZ1"), element(0x20, 0xD, "UI", study),
        element(0x20, 0xE, "UI", b"2.25.3"), number(2, 1), element(0x28, 4, "CS", b"MONOCHROME2"),
        element(0x28, 8, "IS", b"%d" % frames), number(0x10, SIDE), number(0x11, SIDE), number(0x100, 8), number(0x101, 8),
        number(0x102, 7), number(0x103, 0), element(0x28, 0x301, "CS", b"NO")])


def codestream():
    """SOC, SIZ, COD, QCD, SOT with a length of 0, SOD."""
    size = struct.pack(">HHHIIIIIIIIHBBB", 0xFF51, 41, 0, SIDE, SIDE, 0, 0, SIDE, SIDE, 0, 0, 1, 7, 1, 1)
    coding, steps = bytes.fromhex("ff52000c00000001000304040001"), bytes.fromhex("ff5c00044040")
    return b"\xff\x4f" + size + coding + steps + struct.pack(">HHHIBB", 0xFF90, 10, 0, 0, 0, 1) + b"\xff\x93"


def make(path, frames, length):
    with open(path, "wb") as out:
        out.write(header(frames) + struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0))
        start = codestream()
        for _ in range(frames):
            out.write(struct.pack("<HHI", 0xFFFE, 0xE000, length) + start)
            out.seek(length - len(start) - 2, 1)
            out.write(b"\xff\xd9")
        out.write(struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cordon", default=".build/release/cordon")
    arguments.add_argument("--work", default="out/large", help="where the object and its copy are")
    arguments.add_argument("--gigabytes", type=float, default=10)
    arguments.add_argument("--frames", type=int, default=1000)
    options = arguments.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work + "/in")
    length = int(options.gigabytes * 1e9 / options.frames) // 2 * 2
    make(options.work + "/in/large.dcm", options.frames, length)
    cordon, key = os.path.abspath(options.cordon), options.work + "/site.key"
    subprocess.run([cordon, "key", "new", key], check=True, stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    subprocess.run([cordon, "apply", "--quiet", "--rules", HERE + "/../Rules/sites/research-export.xml", "--audience", "basic", "--key",
                    key, "--jobs", "1", options.work + "/in", options.work + "/out"], check=True)
    seconds = time.monotonic() - begun
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = [os.path.join(folder, name) for folder, _, names in os.walk(options.work + "/out/released") for name in names]
    print("%d frames, %.1f GB: %.0f s, user %.1f, system %.1f, peak %.0f MiB; written %.1f GB" % (
        options.frames, options.gigabytes, seconds, use.ru_utime, use.ru_stime, use.ru_maxrss / 1024,
        sum(os.path.getsize(path) for path in made) / 1e9))


if __name__ == "__main__":
    main()
