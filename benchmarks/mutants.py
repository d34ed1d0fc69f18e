"""Automatic mutants of every healthy script: is a changed step ever called right, and how many are named?

Usage: python benchmarks/mutants.py [--most N] [--seconds S] [--out FILE] [SUBSTRING ...]

The healthy programs of the corpus are changed at one place each, on the lines on which their updates are made, and
judged in this process on the first recorded steps. A mutant counts where its update differs from the healthy one's by
more than 1e-6 relative from equal parameters and equal predictions, and not by one factor alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

from benchmarks.mutating.changes import Mutant, mutants_of  # noqa: E402
from benchmarks.mutating.effects import backward_lines, effect, follows_its_loss  # noqa: E402
from benchmarks.mutating.judging import Judged, judged  # noqa: E402

CORPUS = TOP / "tests" / "scripts" / "corpus"
RESULTS = TOP / "benchmarks" / "results" / "mutants.json"
UNNAMED = "unexplained-wrong-gradient"
SECONDS = 60.0  # by the clock, of one mutant; what takes longer is left out


def healthy_programs(words: list[str]) -> list[Path]:
    """Programs whose report may have no error and no warning, and whose steps are right."""
    found = []
    for path in sorted(CORPUS.glob("*.py")):
        expected = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
        if expected["verdict"] == "right" and not expected["rules"] and not expected.get("any_of"):
            found.append(path)
    return [path for path in found if not words or any(word in path.stem for word in words)]


def drawn(mutants: list[Mutant], most: int, seed: str) -> list[Mutant]:
    """Some of the mutants, each kind as often as the others where there are enough."""
    generator = random.Random(seed)
    kinds: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        kinds.setdefault(mutant.kind, []).append(mutant)
    for each in kinds.values():
        generator.shuffle(each)
    chosen: list[Mutant] = []
    while len(chosen) < most and any(kinds.values()):
        chosen += [each.pop() for each in kinds.values() if each]
    return chosen[:most]


def outcome(made: Judged, what: str, kind: str, parameters: int) -> str:
    """In one word: named, unnamed, undecided, right, excused where right is true, or what else became of it."""
    if what != "changed":
        return what
    named = [rule for rule in made.told if rule != UNNAMED]
    if made.verdict == "wrong" or made.told:
        return "named" if named else "unnamed"
    if made.verdict in ("undecided", "none"):
        return "undecided"
    if made.window is not None and follows_its_loss(made.window, parameters):
        return "excused"
    return "setting" if kind == "constant changed" else "right"


def of_program(path: Path, most: int) -> list[dict[str, Any]]:
    """One row for each mutant of a program."""
    source = path.read_text(encoding="utf-8")
    healthy = judged(source, path)
    if healthy.window is None or healthy.error == "out of time":
        return []
    lines = backward_lines(healthy.window, str(path))
    rows = []
    for mutant in drawn(list(mutants_of(source, lines)), most, path.stem):
        start = time.process_time()
        made = judged(mutant.source, path, SECONDS)
        what = "out of time" if made.error == "out of time" else _effect(healthy, made)
        row = {"program": path.stem, "kind": mutant.kind, "line": mutant.line, "change": mutant.says}
        row |= {
            "outcome": outcome(made, what, mutant.kind, len(healthy.window.judge.roots)),
            "verdict": made.verdict,
            "told": made.told,
        }
        rows.append(row | {"seconds": round(time.process_time() - start, 2)})
    return rows


def _effect(healthy: Judged, made: Judged) -> str:
    if made.window is None and made.error:
        return "crash"
    assert healthy.window is not None
    try:
        return effect(healthy.window, made.window)
    except (KeyError, ValueError, IndexError):
        return "changed"


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts, and the share that is named of those that count."""
    counts = Counter(row["outcome"] for row in rows)
    wrong = counts["named"] + counts["unnamed"] + counts["undecided"] + counts["right"]
    return {
        "mutants": len(rows),
        "counted": wrong,
        **{key: counts[key] for key in sorted(counts)},
        "called right though changed": counts["right"],
        "share named": round(counts["named"] / wrong, 4) if wrong else None,
    }


def main() -> None:
    """Run the campaign and write what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=24, help="mutants of one program")
    parser.add_argument("--seconds", type=float, default=3600.0, help="after which no further program is begun")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    start = time.perf_counter()
    for path in healthy_programs(given.words):
        if time.perf_counter() - start > given.seconds:
            break
        rows += of_program(path, given.most)
        made = {"summary": summary(rows), "rows": rows}
        given.out.write_text(
            json.dumps(made, indent=None).replace('{"program"', '\n{"program"') + "\n", encoding="utf-8"
        )
        print(path.stem, summary(rows), flush=True)


if __name__ == "__main__":
    main()
