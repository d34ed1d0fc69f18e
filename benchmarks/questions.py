"""The five questions' networks, trained right: every row of the table on many seeds, one setting for all.

    python benchmarks/questions.py                 what is not measured yet, into benchmarks/results/questions.json
    python benchmarks/questions.py --again XOR     tasks with this in their name, from the first seed on
    python benchmarks/questions.py --list          the tasks
    python benchmarks/questions.py --table         the table anew, from what was measured
    python benchmarks/questions.py --into FILE     kept elsewhere; `--from FILE` takes it over

Every seed is kept as soon as it is trained, so that a run that was cut off goes on where it was. SGD on the sine takes
half a minute a seed. `torch-levenberg-marquardt` is measured where it is installed, else its row stays as it was.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: the networks are small
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.answering import chain, deep, neuron, sine, tables  # noqa: E402
from benchmarks.answering.task import HEADER, Task  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "questions.json"
TASKS: dict[str, Task] = {**tables.TASKS, **sine.TASKS, **deep.TASKS, **chain.TASKS, **neuron.TASKS}
Runs = dict[str, dict[str, dict[str, float]]]
NEEDS = {"sine by torch-levenberg-marquardt": "torch_levenberg_marquardt"}


def main() -> int:
    """Measure what is asked for, and keep it seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of the names of the wanted tasks; all if none is given")
    parser.add_argument("--again", action="store_true", help="measure anew what is there")
    parser.add_argument("--list", action="store_true", help="list the tasks")
    parser.add_argument("--table", action="store_true", help="only make the table anew")
    parser.add_argument("--seeds", type=int, default=1000, help="at most so many of each task")
    parser.add_argument("--into", type=Path, default=RESULTS, help="the file of the results")
    parser.add_argument("--from", dest="other", type=Path, help="only take over what another file has")
    asked = parser.parse_args()
    results = Results(asked.into)
    if asked.table or asked.other:
        results.keep(Results(asked.other).runs() if asked.other else {})
        return 0
    chosen = [name for name in TASKS if not asked.names or any(part in name for part in asked.names)]
    if asked.list:
        print(*chosen, sep="\n")
        return 0
    for name in chosen:
        if importlib.util.find_spec(NEEDS.get(name, "json")) is None:
            print(f"{name}: {NEEDS[name]} is not installed", flush=True)
            continue
        measure(name, results, asked.seeds, again=asked.again)
    return 0


def measure(name: str, results: Results, most: int, *, again: bool) -> None:
    """Every seed of a task that is not there yet, `most` of them at most."""
    task = TASKS[name]
    runs = {} if again else results.runs().get(name, {})
    seeds = min(task.seeds, most)
    for seed in range(seeds):
        if str(seed) not in runs:
            runs[str(seed)] = {key: float(f"{value:.6g}") for key, value in task.run(seed).items()}
            if task.run_is_long or seed == seeds - 1:
                results.keep({name: runs})
    print(*task.row(runs.values()), sep=" | ", flush=True)


class Results:
    """The file of the results."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def runs(self) -> Runs:
        """What was measured: task -> seed -> numbers."""
        return json.loads(self.path.read_text(encoding="utf-8"))["runs"] if self.path.exists() else {}

    def keep(self, more: Runs) -> None:
        """Beside what is there; read again, as another process may have written."""
        runs = {**self.runs(), **more}
        known = {name: runs[name] for name in TASKS if name in runs}
        content = {
            "title": "The networks of the five questions",
            "about": "Trained by `backproof.nn` with the readable NumPy pass, one setting for all seeds, on seeds from "
            "0 on (benchmarks/questions.py); settings were chosen on seeds from 1000 on. "
            "Times are those of one thread of a machine that was busy with other work.",
            "table": {"header": HEADER, "rows": [TASKS[name].row(known[name].values()) for name in known]},
            "notes": [words for name in known for words in TASKS[name].notes(known[name].values())],
            "runs": {**known, **runs},
        }
        text = json.dumps(content, indent=None, separators=(",", ":")).replace('},"', '},\n"')
        beside = self.path.with_suffix(".tmp")
        beside.write_text(text + "\n", encoding="utf-8")
        os.replace(beside, self.path)


if __name__ == "__main__":
    sys.exit(main())
