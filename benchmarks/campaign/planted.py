"""What an entry of the campaign is: one rule, the programs that have its fault, and what else is true of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import benchmarks.campaign.entries
from benchmarks.campaign.recipes import Recipe
from benchmarks.campaign.styles import source_of

Source = Recipe | str  # a text has `SEED` where its seed belongs


@dataclass(frozen=True)
class Entry:
    """The programs of one rule.

    Attributes:
        programs: At least six, of different style, size, task and activation.
        as_first: Rules that say the same of these programs as truly, so that they too may come first.
        note: Whether the rule is a note, so that notes count as told.
    """

    programs: Sequence[Source]
    as_first: frozenset[str] = frozenset()
    note: bool = False


def entries() -> dict[str, Entry]:
    """All entries by rule, from the `FAULTS` of every file in `entries`.

    Raises:
        ValueError: Two files have an entry for one rule.
    """
    found: dict[str, Entry] = {}
    for file in sorted(m.name for m in pkgutil.iter_modules(benchmarks.campaign.entries.__path__)):
        faults: Mapping[str, Entry] = importlib.import_module(f"benchmarks.campaign.entries.{file}").FAULTS
        if twice := found.keys() & faults.keys():
            raise ValueError(f"entries/{file}.py: {sorted(twice)} has an entry in another file already")
        found.update(faults)
    return dict(sorted(found.items()))


def text_of(program: Source, seed: int) -> str:
    """The program's source with this seed."""
    return source_of(program, seed) if isinstance(program, Recipe) else program.replace("SEED", str(seed))
