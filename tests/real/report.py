"""What a run of the tests prints: one line a check."""

import time


class Report:
    """One line a check, with the seconds since the last."""

    def __init__(self):
        self.minor, self.counts, self.last = "", {"ok": 0, "FAIL": 0, "skipped": 0}, time.monotonic()

    def line(self, word, name, text):
        """Prints and counts."""
        now = time.monotonic()
        print(f"{word:<7} {self.minor:<5} {now - self.last:5.1f} s  {name}" + (f": {text}" if text else ""), flush=True)
        self.counts[word] += 1
        self.last = now

    def passed(self, name, text=""):
        """A check that passed."""
        self.line("ok", name, text)

    def fail(self, name, text):
        """A check that failed."""
        self.line("FAIL", name, text)

    def skip(self, name, reason):
        """A case that this machine does not allow."""
        self.line("skipped", name, reason)

    def check(self, name, wrong, what=""):
        """Failed when something is wrong, each on a line of its own."""
        if wrong:
            self.fail(name, "\n    " + "\n    ".join(wrong))
        else:
            self.passed(name, what)

    def end(self, seconds):
        """The last line; the exit status."""
        counts = self.counts
        print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skipped']} skipped in {seconds:.0f} s")
        return 1 if counts["FAIL"] else 0
