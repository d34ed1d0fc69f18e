"""Fault injection: is each rule's fault named, named first, and is nothing told of programs that train well?

    python benchmarks/faults.py                     everything, into benchmarks/results/faults.json (about an hour)
    python benchmarks/faults.py dead-relu healthy   only these, shown and not kept
    python benchmarks/faults.py --seeds 0 1 ...     other seeds (0 to 99 to choose thresholds on)

**To add an entry for a rule**: put it into the `FAULTS` of the file of your group in `benchmarks/campaign/entries/`
(make a file if there is none: being in the folder is being found), as `"rule-name": Entry((program, ...))` with at
least six programs of different style, task, size and activation. A program is a `Recipe` (`recipes.py` says what can be
set: style, task, sizes, activation, output, rate, epochs, batch, init, bias, decay, scales, ...; its `edits` replace
texts of the finished source, for faults that no setting makes), or a source text that has `SEED` for its seed.
`as_first` names rules that say the same of these programs as truly and so may come first. A program that trains well
and only looks sick goes into `HEALTHY` of `healthy.py`, or into `SOUND` beside `FAULTS` in your file.
Then `python benchmarks/faults.py --seeds 0 1 -- your-rule`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.campaign.measuring import Tally, healthy_programs, measure_entry, measure_healthy  # noqa: E402
from benchmarks.campaign.planted import entries  # noqa: E402

SEEDS = (201, 202, 203, 204, 205)  # no threshold was chosen on these
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"


def main() -> int:
    """Measure what is asked for; keep it if that is everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", help="rules to measure, and `healthy`; all if none is named")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--update", action="store_true", help="keep what was measured, beside the rest")
    asked = parser.parse_args()
    planted = entries()
    chosen = asked.rules or [*planted, "healthy"]
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            started = time.perf_counter()
            if name == "healthy":
                tallies[name] = measure_healthy(healthy_programs(), asked.seeds, Path(folder))
            else:
                tallies[name] = measure_entry(name, planted[name], asked.seeds, Path(folder))
            print(f"{tallies[name].line(name)}  [{time.perf_counter() - started:.0f} s]", flush=True)
            for miss in tallies[name].misses:
                print(f"    {miss}", flush=True)
    if asked.update or not asked.rules:
        _keep(tallies, list(asked.seeds))
    return 0


def _keep(tallies: dict[str, Tally], seeds: list[int]) -> None:
    """Into the results, beside those of the rules that were not measured now."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    rows = {row["name"]: row for row in known.get("rows", [])}
    rows |= {name: tally.row(name) for name, tally in tallies.items() if name != "healthy"}
    if "healthy" in tallies:
        known["healthy"] = tallies["healthy"].healthy_row()
    known |= {
        "title": "Rules",
        "about": "Faults planted into programs of several styles, tasks, sizes and activations "
        f"(benchmarks/faults.py, seeds {seeds[0]} to {seeds[-1]}, on which no threshold was chosen).",
        "rows": [rows[name] for name in sorted(rows)],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
