"""Collects what was checked or measured, and prints it."""

import sys


class Report:
    def __init__(self, title):
        self.title = title
        self.rows = []

    def check(self, what, is_good, value="", wanted=""):
        """Prints one line at once; `value` is what was found, `wanted` what is good."""
        self.rows.append((what, value, wanted, bool(is_good)))
        mark = "ok  " if is_good else "FAIL"
        found = f": {value}" if value != "" else ""
        needed = f"   (wanted: {wanted})" if wanted and not is_good else ""
        print(f"  {mark} {what}{found}{needed}", flush=True)
        return bool(is_good)

    def note(self, text):
        print(f"       {text}", flush=True)

    def measure(self, what, value, wanted, is_good):
        """For the table: nothing is printed until `table`."""
        self.rows.append((what, value, wanted, bool(is_good)))

    def table(self):
        width = [max(len(row[column]) for row in self.rows) for column in range(3)]
        for what, value, wanted, is_good in self.rows:
            mark = "ok" if is_good else "NOT GOOD"
            print(f"  {what:<{width[0]}}  {value:<{width[1]}}  {wanted:<{width[2]}}  {mark}")
        sys.stdout.flush()

    @property
    def failures(self):
        return [row for row in self.rows if not row[3]]

    def finish(self):
        """Prints the summary; returns the exit status."""
        bad = len(self.failures)
        print(f"{self.title}: {len(self.rows) - bad} good, {bad} not.", flush=True)
        return 1 if bad else 0
