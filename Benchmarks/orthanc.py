"""orthanc.py IN OUT: an Orthanc of its own on loopback takes every file, anonymizes every study, and gives the files back."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program():
    return shutil.which("Orthanc") or "/usr/sbin/Orthanc"


def call(connection, method, path, body=None):
    connection.request(method, path, body)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RuntimeError("%s %s: %d" % (method, path, response.status))
    return content


def connected(port, server):
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            call(connection, "GET", "/system")
            return connection
        except OSError:
            time.sleep(0.02)
    sys.exit("Orthanc does not answer")


def main():
    source, target = sys.argv[1:3]
    work = tempfile.mkdtemp(prefix="orthanc-", dir=os.path.dirname(os.path.abspath(target)))
    port = free_port()
    with open(work + "/orthanc.json", "w") as out:
        json.dump({"StorageDirectory": work + "/db", "IndexDirectory": work + "/db", "HttpPort": port, "RemoteAccessAllowed": False,
                   "DicomServerEnabled": False, "AuthenticationEnabled": False, "KeepAlive": True, "SaveJobs": False,
                   "Plugins": []}, out)
    with open(work + "/log", "wb") as log:
        server = subprocess.Popen([program(), work + "/orthanc.json"], stdout=log, stderr=log)
    failed = 0
    try:
        connection = connected(port, server)
        for folder, folders, names in os.walk(source):
            folders.sort()
            for name in sorted(names):
                with open(os.path.join(folder, name), "rb") as file:
                    try:
                        call(connection, "POST", "/instances", file.read())
                    except RuntimeError as error:
                        failed += 1
                        print(error, file=sys.stderr)
        for study in json.loads(call(connection, "GET", "/studies")):
            answer = call(connection, "POST", "/studies/%s/anonymize" % study, json.dumps({"Synchronous": True, "KeepSource": True}))
            made = json.loads(answer)["ID"]
            os.makedirs(os.path.join(target, made))
            for instance in json.loads(call(connection, "GET", "/studies/%s/instances" % made)):
                with open(os.path.join(target, made, instance["ID"] + ".dcm"), "wb") as out:
                    out.write(call(connection, "GET", "/instances/%s/file" % instance["ID"]))
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
