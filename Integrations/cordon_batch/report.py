"""What a job did, from the results of its workers. It names no patient: results do not."""

COUNTS = ["released", "flagged", "deidentified", "sequestered", "duplicates", "notDICOM", "studies"]


class Report:
    """Adds up results; of an item that has several, one that is not a failure counts."""

    def __init__(self, expected=()):
        self.expected = set(expected)
        self.last = {}

    def add(self, result):
        known = self.last.get(result["id"])
        if known is None or known["status"] == "failed":
            self.last[result["id"]] = result

    def retryable(self):
        """Items that failed and may go better another time."""
        return {one for one, result in self.last.items() if result["status"] == "failed" and result.get("retry")}

    def summary(self, **more):
        results = self.last.values()
        good = [result for result in results if result["status"] != "failed"]
        failed = [result for result in results if result["status"] == "failed"]
        # An item under two ids is one.
        unique = {result["inputDigest"]: result for result in good}.values()
        return {
            "items": len(self.last),
            "done": sum(result["status"] == "done" for result in good),
            "present": sum(result["status"] == "present" for result in good),
            "failed": len(failed),
            "missing": sorted(self.expected - set(self.last)),
            "counts": {name: sum(result["counts"][name] for result in unique) for name in COUNTS},
            "files": sum(result["inputs"]["files"] for result in unique),
            "bytes": sum(result["inputs"]["bytes"] for result in unique),
            "bases": sorted({result["basis"] for result in good}),
            "snapshots": sorted({result["snapshot"] for result in good if result.get("snapshot")}),
            "workerMilliseconds": sum(result.get("milliseconds", 0) for result in results),
            "failures": sorted(
                ({"id": result["id"], "error": result["error"], "retry": bool(result.get("retry"))} for result in failed),
                key=lambda one: str(one["id"])),
            **more,
        }

    def status(self):
        """0 all done, 1 and something was sequestered, 3 something failed or is missing."""
        summary = self.summary()
        if summary["failed"] or summary["missing"]:
            return 3
        return 1 if summary["counts"]["sequestered"] else 0
