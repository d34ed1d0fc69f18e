"""Counts what the doctor says of planted and of healthy programs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import benchmarks.campaign.entries
from backproof.findings import Diagnosis, Severity
from benchmarks.campaign.healthy import HEALTHY
from benchmarks.campaign.planted import Entry, Source, text_of
from benchmarks.campaign.recipes import Recipe
from benchmarks.campaign.watching import diagnosis_of


@dataclass
class Tally:
    """How often what happened.

    Attributes:
        programs, runs: Of a run each is a program with one seed.
        named: Runs of which the rule was told.
        first: Runs of which it, or one that is as true, was told first.
        errors, warnings: Runs with at least one (of healthy programs: false alarms).
        misses: What was told instead, a line each.
    """

    programs: int = 0
    runs: int = 0
    named: int = 0
    first: int = 0
    errors: int = 0
    warnings: int = 0
    misses: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """For people."""
        if name == "healthy":
            return (
                f"healthy: {self.programs} programs, {self.runs} runs, {self.errors} errors, {self.warnings} warnings"
            )
        return f"{name}: {self.programs} programs, {self.runs} runs, named {self.named}, first {self.first}"

    def row(self, name: str) -> dict[str, object]:
        """For the table."""
        counts = {"programs": self.programs, "runs": self.runs, "named": self.named, "first": self.first}
        return {"name": name, **counts}

    def healthy_row(self) -> dict[str, int]:
        """Of healthy programs."""
        return {"programs": self.programs, "runs": self.runs, "errors": self.errors, "warnings": self.warnings}


def healthy_programs() -> tuple[Source, ...]:
    """Those of `healthy.py`, and the `SOUND` of every file of entries."""
    files = sorted(m.name for m in pkgutil.iter_modules(benchmarks.campaign.entries.__path__))
    modules = [importlib.import_module(f"benchmarks.campaign.entries.{file}") for file in files]
    return (*HEALTHY, *(program for module in modules for program in getattr(module, "SOUND", ())))


def told(diagnosis: Diagnosis, notes: bool = False) -> list[str]:
    """The names of errors and warnings, in order; with `notes` those of notes too."""
    return [finding.rule for finding in diagnosis.findings if notes or finding.severity is not Severity.NOTE]


def measure_entry(name: str, entry: Entry, seeds: Sequence[int], folder: Path) -> Tally:
    """Run each program with each seed, and count."""
    tally = Tally(programs=len(entry.programs))
    for k, program in enumerate(entry.programs):
        for seed in seeds:
            found = told(diagnosis_of(text_of(program, seed), folder), entry.note)
            tally.runs += 1
            tally.named += name in found
            first = found[:1] and found[0] in {name, *entry.as_first}
            tally.first += bool(first)
            if name not in found or not first:
                tally.misses.append(f"{_label(k, program)}, seed {seed}: {found}")
    return tally


def measure_healthy(programs: Sequence[Source], seeds: Sequence[int], folder: Path) -> Tally:
    """Run each program with each seed, and count the alarms."""
    tally = Tally(programs=len(programs))
    for k, program in enumerate(programs):
        for seed in seeds:
            diagnosis = diagnosis_of(text_of(program, seed), folder)
            tally.runs += 1
            severities = {finding.severity for finding in diagnosis.findings}
            tally.errors += Severity.ERROR in severities
            tally.warnings += Severity.WARNING in severities
            if told(diagnosis):
                tally.misses.append(f"{_label(k, program)}, seed {seed}: {told(diagnosis)}")
    return tally


def _label(k: int, program: Source) -> str:
    if isinstance(program, Recipe):
        return (
            f"program {k} ({program.style}, {program.task}, {program.hidden}, {program.activation}, {program.output})"
        )
    return f"program {k}"
