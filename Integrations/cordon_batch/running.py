"""Items through one worker, with studies staged before and finished items stored after: what a task of any engine does."""
import os
import shutil
import tempfile

from . import staging
from .protocol import Worker


def run(command, items, out, silence=600, scratch=None, options=None, ahead=2, log=None):
    """Yields a result for each item.

    command: `cordon worker --batch …` without `--out` and without a list.
    out: a folder that all workers share, or a URL: then each item goes there when it is finished.
    """
    remote = staging.is_remote(out)
    local = tempfile.mkdtemp(prefix="cordon-out-", dir=scratch) if remote else out
    staged = staging.Staged(items, scratch, options, ahead)
    worker = Worker([*command, "--out", local], silence, log)
    told = 0
    try:
        for result in worker.results(staged):
            staged.release(result.get("id"))
            if remote and result["status"] != "failed":
                folder = os.path.join(local, result["output"]["folder"])
                try:
                    staging.upload(folder, out, result["output"]["folder"], options)
                except Exception as error:
                    result = staging.failure(result["id"], f"the item cannot be stored ({type(error).__name__})")
                shutil.rmtree(folder, ignore_errors=True)
            yield result
            while told < len(staged.failures):
                yield staged.failures[told]
                told += 1
        yield from staged.failures[told:]
    finally:
        worker.stop()
        staged.close()
        if remote:
            shutil.rmtree(local, ignore_errors=True)
