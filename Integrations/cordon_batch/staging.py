"""Whole studies from object storage into files, and finished items back, through fsspec.

    python -m cordon_batch.staging fetch s3://bucket/batch DIR      finished items, for `cordon release`
"""
import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

# The last file of an item: one without it is not there yet.
MARK = "item.json"


def is_remote(place):
    """Whether a place must be staged: a URL that is no file."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", place)
    return scheme is not None and scheme[1].lower() != "file"


def urls_of(item):
    """The URLs of an item; none of one whose members are not what the protocol says, which its worker refuses."""
    many = item.get("urls", [])
    if not isinstance(many, list) or not isinstance(item.get("paths", []), list):
        return []
    urls = many + ([item["url"]] if "url" in item else [])
    return urls if all(isinstance(url, str) for url in urls) else []


def system(url, options=None):
    """The file system of a URL and the path in it. What Hadoop calls s3a is s3 here."""
    import fsspec

    if url.lower().startswith(("s3a:", "s3n:")):
        url = "s3:" + url.split(":", 1)[1]
    return fsspec.core.url_to_fs(url, **(options or {}))


def stage(url, folder, options=None, is_given_up=lambda: False):
    """Copies a study (a prefix, or one object) into a folder. Returns the path to give to a worker.

    All of it or an error: what was listed is what is there, to the byte count, each object in a file of its own."""
    files, path = system(url, options)
    # Storage lists what another process wrote a moment ago only when it is asked anew.
    files.invalidate_cache()
    if files.isfile(path):
        target = os.path.join(folder, os.path.basename(path))
        files.get_file(path, target)
        if os.path.getsize(target) != files.size(path):
            raise OSError("an object is not as long as the storage says")
        return target
    path = path.rstrip("/")
    found = {name: info["size"] for name, info in files.find(path, detail=True).items() if not name.endswith("/")}
    if not found:
        raise FileNotFoundError("there is no object under the URL")
    study = os.path.join(folder, "study")
    targets = {}
    for name in found:
        target = os.path.normpath(os.path.join(study, name[len(path):].lstrip("/")))
        if not name.startswith(path + "/") or not target.startswith(study + os.sep):
            raise OSError("an object's name leads out of its study")
        targets[name] = target
    if len(set(targets.values())) != len(targets):
        raise OSError("two objects of the study have names that are one name of a file")

    def get(name):
        if is_given_up():
            raise OSError("nobody waits for the study")
        target = targets[name]
        os.makedirs(os.path.dirname(target), exist_ok=True)
        files.get_file(name, target)
        if os.path.getsize(target) != found[name]:
            raise OSError("an object is not as long as the storage says")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(get, found))
    return study


class Staged:
    """Items in which URLs are paths of files that are there while the worker needs them, and no longer.

    A thread stages ahead of the worker, at most `ahead` items, so that disk is bounded."""

    def __init__(self, items, scratch=None, options=None, ahead=2):
        self.items = items
        self.scratch = scratch
        self.options = options
        self.room = threading.Semaphore(ahead)
        self.folders = {}
        self.failures = []
        self.lock = threading.Lock()
        # Held while a study is staged.
        self.staging = threading.Lock()
        self.is_closed = False

    def __iter__(self):
        for item in self.items:
            places = urls_of(item)
            if not any(is_remote(place) for place in places):
                yield item
                continue
            self.room.acquire()
            work = self.staged(item, places)
            if self.is_closed:
                return
            if work is not None:
                yield work

    def staged(self, item, places):
        """The item with paths in place of URLs; None when it cannot be had, or nobody waits for it any more."""
        with self.staging:
            if self.is_closed:
                return None
            folder = tempfile.mkdtemp(prefix="cordon-stage-", dir=self.scratch)
            with self.lock:
                self.folders[item["id"]] = folder
            try:
                paths = []
                for number, place in enumerate(places):
                    part = os.path.join(folder, str(number))
                    os.mkdir(part)
                    paths.append(stage(place, part, self.options, lambda: self.is_closed) if is_remote(place) else place)
            except Exception as error:  # One study that cannot be had fails alone. The words may have its name: they stay here.
                self.release(item["id"])
                with self.lock:
                    self.failures.append(failure(item["id"], f"the study cannot be staged ({type(error).__name__})"))
                return None
        files = [place for place in paths if not place.startswith("file:")]
        urls = [place for place in paths if place.startswith("file:")]
        given = list(item.get("paths", [])) + ([item["path"]] if "path" in item else [])
        # What the protocol does not know stays, and the worker refuses it.
        work = {name: value for name, value in item.items() if name not in {"path", "paths", "url", "urls"}}
        work["paths"] = given + files
        if urls:
            work["urls"] = urls
        return work

    def release(self, identity):
        """The item has its result: its files may go."""
        with self.lock:
            folder = self.folders.pop(identity, None)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
            self.room.release()

    def close(self):
        """Nothing is staged any more, and what was is taken away; a study that is being staged ends at its next object."""
        self.is_closed = True
        with self.staging:
            for identity in list(self.folders):
                self.release(identity)


def failure(identity, message, retry=True):
    """A result as a worker would say it, of an item that no worker saw."""
    return {"type": "result", "id": identity, "status": "failed", "error": message, "retry": retry}


def upload(folder, url, name, options=None):
    """Copies a finished item to `url/name`: its mark last, so that nobody takes half of it for one. What is there stays."""
    files, root = system(url, options)
    files.invalidate_cache()
    target = f"{root.rstrip('/')}/{name}"
    if files.exists(f"{target}/{MARK}"):
        return False
    names = []
    for parent, _, found in os.walk(folder):
        names += [os.path.relpath(os.path.join(parent, one), folder) for one in found]
    names.remove(MARK)

    def put(one):
        files.put_file(os.path.join(folder, one), f"{target}/{one}")

    if "file" in (files.protocol if isinstance(files.protocol, (list, tuple)) else (files.protocol,)):
        for one in names:
            files.makedirs(os.path.dirname(f"{target}/{one}"), exist_ok=True)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, names))
    put(MARK)
    return True


def fetch(url, folder, options=None):
    """Finished items from storage into a folder as `cordon release` takes it. Returns how many are new."""
    files, root = system(url, options)
    files.invalidate_cache()
    root = root.rstrip("/")
    os.makedirs(os.path.join(folder, "items"), mode=0o700, exist_ok=True)
    os.makedirs(os.path.join(folder, "staging"), mode=0o700, exist_ok=True)
    count = 0
    for mark in sorted(files.find(f"{root}/items")):
        if os.path.basename(mark) != MARK:
            continue
        name = os.path.dirname(mark)[len(root) + 1:]
        parts = name.split("/")
        if len(parts) != 3 or parts[0] != "items" or ".." in parts:
            continue
        target = os.path.join(folder, name)
        if os.path.exists(target):
            continue
        beside = tempfile.mkdtemp(dir=os.path.join(folder, "staging"))
        try:
            base = os.path.dirname(mark)
            for one, info in files.find(base, detail=True).items():
                local = os.path.normpath(os.path.join(beside, one[len(base) + 1:]))
                if not local.startswith(beside + os.sep):
                    raise OSError("an object's name leads out of its item")
                os.makedirs(os.path.dirname(local), exist_ok=True)
                files.get_file(one, local)
                if os.path.getsize(local) != info["size"]:
                    raise OSError("an object is not as long as the storage says")
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            os.rename(beside, target)
            count += 1
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser("fetch", help="finished items from storage into a folder for `cordon release`")
    fetching.add_argument("url")
    fetching.add_argument("folder")
    fetching.add_argument("--storage-options", type=json.loads, default={}, help="JSON for fsspec: endpoint_url, profile, …")
    arguments = parser.parse_args()
    print(f"{fetch(arguments.url, arguments.folder, arguments.storage_options)} new items")


if __name__ == "__main__":
    sys.exit(main())
