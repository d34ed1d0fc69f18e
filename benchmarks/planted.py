"""Planted mistakes: are they detected, named first, and placed at their very line?

    python benchmarks/planted.py                       all, into benchmarks/results/planted.json
    python benchmarks/planted.py --seeds 0 20          other seeds, shown and not kept (0 to 1999 to mend the search on)
    python benchmarks/planted.py --style lists --verbose

Every program is a whole training script in one of several styles, of 2 to 5 layers, with one, two or three mistakes
that change its steps (see `benchmarks/planting/`). It is run once in this process, watched, and its report is compared
with what was planted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.planting.cases import Case, draw  # noqa: E402
from benchmarks.planting.grading import Grade, grade  # noqa: E402
from benchmarks.planting.kinds import OPEN  # noqa: E402
from benchmarks.planting.styles import STYLES  # noqa: E402

SEEDS = (2000, 2096)  # nothing was mended on these
ARITIES = (1, 2, 3)
SHARE = {1: 1, 2: 2, 3: 2}  # every so many seeds, a program with so many mistakes is drawn
RESULTS = ROOT / "benchmarks" / "results" / "planted.json"


@dataclass(slots=True)
class Tally:
    """Counts over some programs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, found: Grade) -> None:
        """One program more."""
        self.outcomes[found.outcome] += 1
        self.lines["exact"] += found.lines[0]
        self.lines["all"] += found.lines[1]
        self.seconds.append(found.seconds)

    def row(self, name: str) -> list[Any]:
        """Of the table."""
        count = self.outcomes.total()
        good = sum(self.outcomes[each] for each in ("named", "tie", "simpler"))
        detected = count - self.outcomes["missed"]
        times = sorted(self.seconds)
        last = times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0
        unexplained = self.outcomes["unexplained"] + self.outcomes["partly"]
        shares = [_share(part, count) for part in (detected, good, self.outcomes["other"], unexplained)]
        return [name, count, *shares, _share(self.lines["exact"], self.lines["all"]), f"{last:.1f} s"]


AT_ONCE = ("one mistake", "two at once", "three at once")
UNKNOWN = "corruptions without a name"
UNROLLED = [name for name in STYLES if not name.startswith(("lists", "layer", "loops", "recurrent"))]
HEADER = ["", "programs", "detected", "named", "another name", "in part or not explained", "line exact", "95 % within"]


def main() -> int:
    """Measure; keep what was measured on the seeds that are for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs=2, type=int, default=SEEDS, help="first and last + 1")
    parser.add_argument("--style", default="", help="a part of the name of the styles that are wanted")
    parser.add_argument("--arity", type=int, default=0, help="number of mistakes at a time; all if it is not given")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long, and keep what was measured")
    parser.add_argument("--verbose", action="store_true", help="show every program that is not reported as planted")
    asked = parser.parse_args()
    tallies: dict[str, Tally] = defaultdict(Tally)
    started, last = time.monotonic(), asked.seeds[0]
    for case in cases(*asked.seeds, asked.style, (asked.arity,) if asked.arity else ARITIES):
        with tempfile.TemporaryDirectory() as folder:
            found = grade(case, Path(folder) / "planted.py")
        unknown = case.slips[0].kind.startswith(OPEN)
        for name in (UNKNOWN,) if unknown else (AT_ONCE[len(case.slips) - 1], case.style):
            tallies[name].add(found)
        for slip in case.slips if len(case.slips) == 1 else ():
            tallies[f"kind {slip.kind}"].add(found)
        if asked.verbose and (not found.good or found.lines[0] < found.lines[1]):
            print(described(case, found), flush=True)
        last = case.number
        if asked.seconds and time.monotonic() - started > asked.seconds:
            break
    for name, tally in tallies.items():
        print(*tally.row(name), dict(tally.outcomes))
    if tuple(asked.seeds) == SEEDS and not asked.style and not asked.arity:
        _keep(tallies, (asked.seeds[0], last))
    return 0


def cases(first: int, last: int, style: str = "", arities: tuple[int, ...] = ARITIES) -> Iterator[Case]:
    """The programs of some seeds."""
    for number in range(first, last):
        for name in STYLES:
            for arity in arities:
                if style in name and (number + arity) % SHARE[arity] == 0:
                    yield draw(name, number, arity)
            if style in name and name in UNROLLED:
                yield draw(name, number, 1, unknown=True)


def described(case: Case, found: Grade) -> str:
    """One line on a program, from which it can be drawn again."""
    slips = ", ".join(f"{slip.kind}@{slip.layer}" for slip in case.slips)
    return f"{found.outcome}: {case.style} {case.number} {len(case.slips)} [{slips}] told {', '.join(found.told)}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _keep(tallies: dict[str, Tally], seeds: tuple[int, int]) -> None:
    styles = [name for name in tallies if name in STYLES]
    outcomes = Counter[str]()
    for name in AT_ONCE:
        outcomes.update(tallies[name].outcomes)
    content = {
        "title": "Planted mistakes",
        "about": "Whole training scripts in several styles, of 2 to 5 layers, with one to three mistakes that change "
        f"their steps (benchmarks/planted.py, seeds {seeds[0]} to {seeds[1]}, on which nothing was mended). "
        "Named: the first finding, and every planted mistake, or fewer ones that give the same steps to rounding, or a "
        "tie that is stated. Line exact: the first place of the finding is a line that has the mistake.",
        "table": {"header": HEADER, "rows": [tallies[name].row(name) for name in (*AT_ONCE, UNKNOWN, *styles)]},
        "kinds": {n[5:]: dict(t.outcomes) for n, t in sorted(tallies.items()) if n.startswith("kind ")},
        "outcomes": dict(outcomes),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
