"""Counts what held and what did not, for a program whose last line says so."""


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def hold(self, name, *problems):
        print(f"{'FAIL' if problems else 'ok  '} {name}", flush=True)
        for problem in problems:
            print(f"     {problem}", flush=True)
        if problems:
            self.failed += 1
        else:
            self.passed += 1

    def finish(self):
        """The exit code."""
        print(f"\n{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0
