"""One `cordon worker --batch` process: items in, results out (docs/scale.md)."""
import json
import queue
import re
import signal
import subprocess
import threading
import time

PROTOCOL = "cordon-batch/1"
# Done; and something was sequestered; and some item failed: of each item there is a result.
FINISHED = {0, 1, 3}
# What an item may be called (docs/scale.md). A worker gives no other name back, so that nobody would know whose result it is.
IDENTITY = re.compile(r"[0-9A-Za-z._:@/+=-]{1,128}")


class WorkerFailed(RuntimeError):
    """The process ended, or fell silent, before each item had a result. What has none may be given to another."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


def items_of(lines):
    """The items of a list of work, each as (id, object). A line without an id that can be used is an error: who gives work must be
    able to tell what became of it."""
    seen = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number} of the list of work is not JSON") from error
        if isinstance(item, dict) and set(item) == {"protocol"}:
            if item["protocol"] != PROTOCOL:
                raise ValueError(f"the list of work is of another protocol than {PROTOCOL}")
            continue
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise ValueError(f"line {number} of the list of work has no `id`")
        if not IDENTITY.fullmatch(item["id"]):
            raise ValueError(f"line {number} of the list of work has an `id` that is not 1 to 128 letters, digits and `._:@/+=-`")
        if item["id"] in seen:
            raise ValueError(f"line {number} of the list of work has an `id` that another has")
        seen.add(item["id"])
        yield item["id"], item


class Worker:
    """A worker process. `results(items)` gives it items as it takes them, and yields what it prints but heartbeats."""

    def __init__(self, command, silence=600, log=None):
        """
        command: `cordon worker --batch …`, without a list.
        silence: seconds without a line after which the process counts as dead; heartbeats come every ten.
        log: a file for standard error, which names no patient; None for that of this process.
        """
        self.command = list(command)
        self.silence = silence
        self.log = log
        self.process = None
        self.hello = None

    def results(self, items):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, encoding="utf-8", bufsize=1)
        lines = queue.Queue()
        feeding = threading.Thread(target=self._feed, args=(items, lines), daemon=True)
        reading = threading.Thread(target=self._read, args=(lines,), daemon=True)
        reading.start()
        feeding.start()
        ended = False
        error = None
        try:
            while True:
                try:
                    line = lines.get(timeout=self.silence)
                except queue.Empty:
                    raise WorkerFailed(f"the worker said nothing for {self.silence} s") from None
                if isinstance(line, BaseException):
                    error = line
                    continue
                if line is None:
                    break
                message = json.loads(line)
                if message.get("type") == "hello":
                    if message.get("protocol") != PROTOCOL:
                        raise WorkerFailed(f"the worker speaks {message.get('protocol')}, and this driver {PROTOCOL}")
                    self.hello = message
                elif message.get("type") == "result":
                    yield message
                elif message.get("type") == "end":
                    ended = True
            status = self.process.wait()
            if error is not None:
                raise error
            if not ended or status not in FINISHED:
                raise WorkerFailed(f"the worker ended with status {status} before its work was done", status)
        finally:
            self.stop()
            # Where the command is a script, what it started may live on and keep the pipe open.
            reading.join(10)
            if not reading.is_alive():
                self.process.stdout.close()

    def stop(self, patience=30):
        """Ends the process: politely, so that it takes away what it was making, and then at once."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _feed(self, items, lines):
        try:
            for item in items:
                self.process.stdin.write(json.dumps(item) + "\n")
                self.process.stdin.flush()
        except BrokenPipeError:
            pass
        except BaseException as error:  # Told to whoever reads the results.
            lines.put(error)
        finally:
            try:
                self.process.stdin.close()
            except OSError:
                pass

    def _read(self, lines):
        try:
            for line in self.process.stdout:
                if line.strip():
                    lines.put(line)
        finally:
            lines.put(None)


def now():
    """Seconds, for lengths of time."""
    return time.monotonic()
