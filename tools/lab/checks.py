"""What a scenario found."""


class Checks:
    def __init__(self, is_talkative):
        self.is_talkative = is_talkative
        self.found = []
        self.notes = []

    def check(self, what, is_good, value=""):
        """Notes one thing that must hold; `value` is what was found."""
        self.found.append((what, bool(is_good), value))
        if self.is_talkative or not is_good:
            print(f"    {'ok  ' if is_good else 'FAIL'} {what}" + (f": {value}" if value != "" else ""), flush=True)
        return bool(is_good)

    def note(self, text):
        """Something measured, for the scenario's line."""
        self.notes.append(text)

    @property
    def failures(self):
        return sum(not is_good for _, is_good, _ in self.found)
