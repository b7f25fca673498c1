"""Invented studies for the benchmark, the same bytes for the same seed: CT and MR as scanners write them (a hundred and
fifty elements, sequences, private blocks), enhanced MR with a thousand per-frame items, and a list of patients.

Everything is written here, element by element, in Explicit VR Little Endian (PS3.5 7.1.2): no library decides what is
measured. Identifying text begins with ZZ, so that it can be looked for in what a tool wrote.
"""
import os
import random
import struct

ROOT = "1.2.826.0.1.3680043.10.9999"
LONG = {"OB", "OW", "SQ", "UN", "UT"}
CT, MR, ENHANCED = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"


def element(tag, vr, value):
    """One element. Text is padded to an even length: UIDs with NUL, all else with a space (PS3.5 6.2)."""
    if isinstance(value, str):
        value = value.encode("latin-1")
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HI", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))) + value


def us(tag, number):
    return element(tag, "US", struct.pack("<H", number))


def item(*elements):
    body = b"".join(sorted(elements, key=order))
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body


def order(encoded):
    group, number = struct.unpack_from("<HH", encoded)
    return group << 16 | number


def code(value, scheme, meaning):
    return item(element(0x00080100, "SH", value), element(0x00080102, "SH", scheme), element(0x00080104, "LO", meaning))


def person(number):
    return item(
        element(0x00401101, "SQ", code("P%03d" % number, "L", "ZZPersonCode")), element(0x00080080, "LO", "ZZNested Hospital"),
        element(0x00401102, "ST", "ZZStreet 1"), element(0x00401103, "LO", "ZZ555-0100"))


def uid(*parts):
    return ".".join([ROOT] + [str(part) for part in parts])


def shared(kind, patient, study, sop_class, dice):
    """What every image has: patient, study, equipment. Lists of encoded elements."""
    day = "202304%02d" % (1 + patient % 28)
    modality = "CT" if sop_class == CT else "MR"
    text = [
        (0x00080005, "CS", "ISO_IR 100"), (0x00080012, "DA", day), (0x00080013, "TM", "101112.123456"),
        (0x00080016, "UI", sop_class), (0x00080020, "DA", day), (0x00080021, "DA", day), (0x00080022, "DA", day),
        (0x00080023, "DA", day), (0x0008002A, "DT", day + "101112.25"), (0x00080030, "TM", "101010"),
        (0x00080031, "TM", "101111.5"), (0x00080032, "TM", "101112.25"), (0x00080033, "TM", "101113.75"),
        (0x00080050, "SH", "ZZA%s%05d" % (kind, study)), (0x00080060, "CS", modality), (0x00080070, "LO", "MAKER"),
        (0x00080080, "LO", "ZZ General Hospital"), (0x00080081, "ST", "ZZ Street 12, Townville"),
        (0x00080090, "PN", "ZZRef^Doc"), (0x00080092, "ST", "ZZ Doctor Lane 3"), (0x00080094, "SH", "ZZ555-0101"),
        (0x00081010, "SH", "ZZSTATION%02d" % (patient % 9)), (0x00081030, "LO", modality + " THORAX ROUTINE"),
        (0x0008103E, "LO", "AXIAL SOFT 3MM"), (0x00081040, "LO", "ZZRadiology"), (0x00081048, "PN", "ZZRecord^Doc"),
        (0x00081050, "PN", "ZZPerf^Doc"), (0x00081060, "PN", "ZZRead^Doc"), (0x00081070, "PN", "ZZOper^Tech"),
        (0x00081080, "LO", "ZZDiagnosis"), (0x00081090, "LO", "MODEL 1"), (0x00100010, "PN", "ZZFamily%d^Given" % patient),
        (0x00100020, "LO", "ZZ%s%06d" % (kind, patient)), (0x00100021, "LO", "ZZHOSPITAL"),
        (0x00100030, "DA", "19%02d0203" % (patient % 100)), (0x00100032, "TM", "0405"), (0x00100040, "CS", "FM"[patient % 2]),
        (0x00101000, "LO", "ZZOLD%05d" % patient), (0x00101001, "PN", "ZZOther^Name"), (0x00101010, "AS", "0%02dY" % (patient % 100)),
        (0x00101020, "DS", "1.72"), (0x00101030, "DS", "71.5"), (0x00101040, "LO", "ZZHome Road 9"), (0x00102110, "LO", "ZZPeanuts"),
        (0x00102154, "SH", "ZZ555-0199"), (0x00102160, "SH", "ZZGroup"), (0x001021B0, "LT", "ZZ history of the patient"),
        (0x00104000, "LT", "ZZ comments on the patient"), (0x00180015, "CS", "CHEST"), (0x00180050, "DS", "3"),
        (0x00181000, "LO", "ZZSER123"), (0x00181020, "LO", "1.0.7"), (0x00181030, "LO", "ZZProtocol"), (0x00185100, "CS", "HFS"),
        (0x0020000D, "UI", uid(kind, patient, study)), (0x00200010, "SH", "ZZ%d" % study), (0x00200052, "UI", uid(kind, patient, study, 9)),
        (0x00201040, "LO", ""), (0x00204000, "LT", "ZZ image comments"), (0x00280004, "CS", "MONOCHROME2"),
        (0x00321032, "PN", "ZZReq^Doc"), (0x00321060, "LO", "ZZRequested"), (0x00380010, "LO", "ZZADM1"),
        (0x00380300, "LO", "ZZWard 3"), (0x00400244, "DA", day), (0x00400245, "TM", "1010"), (0x00400253, "SH", "ZZPPS1"),
        (0x00400254, "LO", "ZZ step description"), (0x00402017, "LO", "ZZFILL1"),
    ]
    made = [element(*parts) for parts in text]
    made += [
        element(0x00081032, "SQ", code("71260", "C4", "CT CHEST W CONTRAST")), element(0x00080096, "SQ", person(patient % 7)),
        element(0x00081072, "SQ", person(3)), element(0x00081110, "SQ", item(
            element(0x00081150, "UI", "1.2.840.10008.3.1.2.3.1"), element(0x00081155, "UI", uid(kind, patient, study, 7)))),
        element(0x00400275, "SQ", item(
            element(0x00080050, "SH", "ZZACC"), element(0x00321060, "LO", "ZZRequested"), element(0x00400007, "LO", "ZZStep"),
            element(0x00400009, "SH", "ZZSTEP1"), element(0x00401001, "SH", "ZZREQ1"))),
        element(0x00081140, "SQ", b"".join(item(
            element(0x00081150, "UI", sop_class), element(0x00081155, "UI", uid(kind, patient, study, 8, n))) for n in range(3))),
    ]
    for group in (0x0009, 0x0019, 0x0029):
        made.append(element(group << 16 | 0x10, "LO", "MAKER PRIVATE %04X" % group))
        made += [element(group << 16 | 0x1000 + n, "LO", "ZZprivate %d" % n) for n in range(16)]
    made.append(element(0x00291030, "OB", dice.randbytes(1024)))
    return made


def file(sop_class, instance, elements):
    """Preamble, file meta information, the data set in order (PS3.10 7.1)."""
    meta = b"".join([
        element(0x00020001, "OB", b"\0\1"), element(0x00020002, "UI", sop_class), element(0x00020003, "UI", instance),
        element(0x00020010, "UI", "1.2.840.10008.1.2.1"), element(0x00020012, "UI", uid(0)), element(0x00020016, "AE", "ZZSENDER")])
    length = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + length + meta + b"".join(sorted(elements, key=order))


def image(kind, sop_class, size, patient, study, number, common, pixels):
    instance = uid(kind, patient, study, 1, number + 1)
    own = [
        element(0x00080018, "UI", instance), element(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        element(0x0020000E, "UI", uid(kind, patient, study, 1)), element(0x00200011, "IS", "1"),
        element(0x00200013, "IS", str(number + 1)), element(0x00200032, "DS", "-250\\-250\\%.1f" % (3 * number)),
        element(0x00200037, "DS", "1\\0\\0\\0\\1\\0"), element(0x00201041, "DS", "%.1f" % (3 * number)),
        element(0x00280030, "DS", "0.9765625\\0.9765625"), element(0x00281050, "DS", "40"), element(0x00281051, "DS", "400"),
        us(0x00280002, 1), us(0x00280010, size), us(0x00280011, size), us(0x00280100, 16), us(0x00280101, 12),
        us(0x00280102, 11), us(0x00280103, 0), element(0x7FE00010, "OW", pixels)]
    return file(sop_class, instance, common + own)


def frame(number, study):
    return item(
        element(0x00209111, "SQ", item(
            element(0x00189074, "DT", "20230405101112.%06d" % number), element(0x00209157, "UL", struct.pack("<II", 1, number + 1)),
            element(0x00209158, "LT", "ZZ frame %d" % number))),
        element(0x00209113, "SQ", item(element(0x00200032, "DS", "-250\\-250\\%.1f" % number))),
        element(0x00209116, "SQ", item(element(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))),
        element(0x00289110, "SQ", item(element(0x00180050, "DS", "3"), element(0x00280030, "DS", "0.97\\0.97"))),
        element(0x00089124, "SQ", item(element(0x00082112, "SQ", item(
            element(0x00081150, "UI", MR), element(0x00081155, "UI", uid("2", study, 5, number)))))),
        element(0x00289132, "SQ", item(element(0x00281050, "DS", "40"), element(0x00281051, "DS", "400"))),
        element(0x00210010, "LO", "MAKER PRIVATE FRAME"), element(0x00211001, "LO", "ZZprivate"))


def enhanced(patient, frames, dice):
    study, instance = patient, uid(2, patient, 1, 1)
    own = [
        element(0x00080018, "UI", instance), element(0x00080008, "CS", "ORIGINAL\\PRIMARY\\M\\NONE"),
        element(0x0020000E, "UI", uid(2, patient, 1)), element(0x00200011, "IS", "1"), element(0x00200013, "IS", "1"),
        element(0x00280008, "IS", str(frames)), us(0x00280002, 1), us(0x00280010, 8), us(0x00280011, 8), us(0x00280100, 16),
        us(0x00280101, 12), us(0x00280102, 11), us(0x00280103, 0), element(0x52009230, "SQ", b"".join(
            frame(number, study) for number in range(frames))), element(0x7FE00010, "OW", dice.randbytes(frames * 128))]
    return file(ENHANCED, instance, shared("2", patient, study, ENHANCED, dice) + own)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)


def images(folder, kind, sop_class, size, count, series, seed):
    """`count` images of `size` × `size`, so many in a series, a patient each."""
    dice = random.Random(seed)
    for start in range(0, count, series):
        patient = start // series
        common, pixels = shared(kind, patient, patient, sop_class, dice), bytearray(dice.randbytes(size * size * 2))
        for number in range(min(series, count - start)):
            # No two images alike, at the price of a few bytes.
            pixels[:8] = struct.pack("<Q", start + number)
            content = image(kind, sop_class, size, patient, patient, number, common, bytes(pixels))
            write("%s/%04d/%04d.dcm" % (folder, patient, number), content)


def make(folder, sizes, seed):
    """All sets, once: `sizes` has the number of CT, MR and enhanced MR, of frames, and of listed patients."""
    done = "%s/made-%d-%s" % (folder, seed, "-".join(str(sizes[key]) for key in sorted(sizes)))
    if os.path.exists(done):
        return
    images(folder + "/ct", "0", CT, 512, sizes["ct"], 50, seed)
    images(folder + "/mr", "1", MR, 128, sizes["mr"], 50, seed + 1)
    dice = random.Random(seed + 2)
    for patient in range(sizes["enhanced"]):
        write("%s/enhanced/%04d/0001.dcm" % (folder, patient), enhanced(patient, sizes["frames"], dice))
    # Every second patient of the MR set, among strangers.
    known = ["ZZ1%06d" % patient for patient in range(0, sizes["mr"] // 50 + 1, 2)]
    strangers = ["S%07d" % number for number in range(sizes["listed"] - len(known))]
    rows = known + strangers
    dice.shuffle(rows)
    with open(folder + "/patients.csv", "w") as out:
        out.write("PatientID\n" + "".join(row + "\n" for row in rows))
    open(done, "w").close()
