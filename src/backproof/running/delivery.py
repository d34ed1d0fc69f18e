"""Hands the diagnosis over: filtered as asked, on stderr or in a file, with the exit code that was opted in to."""

from __future__ import annotations

import os
from collections.abc import Sequence

from backproof.errors import UsageError
from backproof.findings import Diagnosis, Severity
from backproof.report import json as json_report
from backproof.report import selection, text
from backproof.running.settings import Settings
from backproof.running.stderr import ErrorStream

FOUND, NOTHING_ANALYSED = 10, 11  # exit codes with --fail-on, where the script itself succeeded


class Delivery:
    """What is done at the end of a run."""

    def __init__(self, settings: Settings) -> None:
        """Read the baseline now: it is too late to complain after hours of training."""
        self.settings = settings
        self.root = os.getcwd()
        self.stream = ErrorStream()
        self.known = _baseline(settings.baseline) if settings.baseline else None

    def __call__(self, diagnosis: Diagnosis | None, faults: Sequence[str]) -> int | None:
        """Report, and give the exit code for a script that itself succeeded; None leaves it as it is."""
        if diagnosis is not None:
            diagnosis = self.filtered(diagnosis)
            self.report(diagnosis)
        for fault in faults:
            self.stream.write(fault + "\n")
        return self.exit_code(diagnosis)

    def filtered(self, diagnosis: Diagnosis) -> Diagnosis:
        """Only what was asked for."""
        chosen = selection.choose(diagnosis, self.settings.select, self.settings.ignore)
        audible = selection.without_silenced(chosen, self.root)
        return audible if self.known is None else selection.without_known(audible, self.known, self.root)

    def report(self, diagnosis: Diagnosis) -> None:
        """Write the report to its file; to stderr if there is none, or if it cannot be written."""
        path = self.settings.output
        if path is not None:
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(self.content(diagnosis))
            except OSError as error:
                self.stream.write(f"backproof: the report could not be written to {path!r} ({error.strerror}):\n")
            else:
                self.stream.write(f"backproof: {text.headline(diagnosis)}; the report is in {path}\n")
                return
        self.stream.write(text.render(diagnosis, width=self.stream.width, color=self.stream.color, root=self.root))

    def content(self, diagnosis: Diagnosis) -> str:
        """What goes into the file."""
        if self.settings.format == "json":
            return json_report.render(diagnosis, root=self.root)
        return text.render(diagnosis, width=80, color=False, root=self.root)

    def exit_code(self, diagnosis: Diagnosis | None) -> int | None:
        """The code for findings, where `--fail-on` asks for it."""
        if self.settings.fail_on is None:
            return None
        worst = diagnosis.worst() if diagnosis else None
        if worst is not None and worst.rank <= Severity(self.settings.fail_on).rank:
            return FOUND
        return NOTHING_ANALYSED if diagnosis is None or selection.nothing_seen(diagnosis) else None


def _baseline(path: str) -> frozenset[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return json_report.fingerprints(file.read())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--baseline {path!r} cannot be read ({error}): give a report made with --format json --output FILE"
        ) from None
