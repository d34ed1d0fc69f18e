"""Gradient checkers side by side: planted mistakes, traps, and the time for networks of three sizes.

    python benchmarks/checkers.py                  all, into benchmarks/results/checkers.json (about half an hour)
    python benchmarks/checkers.py --cases 40       fewer planted mistakes, shown and not kept
    python benchmarks/checkers.py --sizes          only the time for three sizes anew, on a quiet machine

The planted mistakes are those of `benchmarks/checking/slips.py`: backpropagation by hand through drawn networks of 2 to
5 layers, with one to three slips. Every checker gets the same loss and gradient as functions of one vector. Peers that
are not installed are left out (`pip install autograd statsmodels`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402

from backproof import explain_gradient  # noqa: E402
from benchmarks.checking import sizes  # noqa: E402
from benchmarks.checking.peers import PEERS, Peer, installed  # noqa: E402
from benchmarks.checking.slips import Case, backprop, draw  # noqa: E402
from benchmarks.checking.traps import TRAPS  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "checkers.json"
FIRST = 30_000  # the seed; nothing was mended on these
CASES = {1: 600, 2: 250, 3: 150}  # slips at once -> cases that are explained
COMPARED = 60  # cases that every peer is given, with a right gradient for each
UNEXPLAINED = "unexplained-wrong-gradient"


def main() -> int:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, help="so many of each kind; nothing is kept")
    parser.add_argument("--sizes", action="store_true", help="measure only the times of three sizes anew")
    asked = parser.parse_args()
    if asked.sizes:
        content = json.loads(RESULTS.read_text(encoding="utf-8"))
        content["notes"][-1] = times(sizes.rows())
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return 0
    warnings.simplefilter("ignore")
    counts = {arity: asked.cases or count for arity, count in CASES.items()}
    named = {arity: explained(arity, count) for arity, count in counts.items()}
    peers = [peer for peer in PEERS if installed(peer)]
    cases = [draw(FIRST + seed) for seed in range(asked.cases or COMPARED)]
    rows = [row(peer, cases) for peer in peers]
    timed = sizes.rows()
    if not asked.cases:
        keep(named, rows, timed, [peer.name for peer in PEERS if peer not in peers])
    return 0


def explained(arity: int, count: int) -> dict[str, int]:
    """How many of the drawn cases are called wrong, and named."""
    found: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + count):
        case = draw(seed, arity)
        check = explain_gradient(case.network, case.x, case.y, case.gradient)
        right = explain_gradient(case.network, case.x, case.y, Case(case.network, case.x, case.y, ()).gradient)
        names = set(check.mistakes)
        named = all(names & set(slip.names) for slip in case.slips)
        simpler = UNEXPLAINED not in names and 0 < len(check.named) < len(case.slips)
        tie = any("or equally" in each.says for each in check.named)
        tied = tie and all(any(name in check.named[0].says for name in slip.names) for slip in case.slips)
        found["cases"] += 1
        found["detected"] += check.verdict == "wrong"
        found["named"] += named or simpler or tied
        found["false alarms"] += right.verdict == "wrong"
    print(arity, dict(found), flush=True)
    return dict(found)


def row(peer: Peer, cases: list[Case]) -> list[Any]:
    """What one checker makes of the planted mistakes, of the right gradients, and of the traps."""
    found: Counter[str] = Counter()
    seconds = []
    for case in cases:
        start = time.perf_counter()
        found["detected"] += _rejects(peer, case, case.slips)
        seconds.append(time.perf_counter() - start)
        found["false alarms"] += _rejects(peer, case, ())
    accepted, rejected = [], []
    for trap in TRAPS:
        try:
            rejects = peer.rejects(trap.loss, trap.gradient, np.array(trap.theta, dtype=np.float64))
        except Exception:  # a checker that fails on a right gradient rejects it
            rejects = True
        if trap.right and rejects:
            rejected.append(trap.name)
        elif not trap.right and not rejects:
            accepted.append(trap.name)
    right = sum(trap.right for trap in TRAPS)
    made = [
        peer.name,
        f"{found['detected']} of {len(cases)}",
        f"{found['false alarms']} of {len(cases)}",
        f"{len(rejected)} of {right}" + (f": {'; '.join(rejected)}" if rejected else ""),
        f"{len(accepted)} of {len(TRAPS) - right}" + (f": {'; '.join(accepted)}" if accepted else ""),
        f"{1000 * statistics.median(seconds):.1f} ms",
    ]
    print(made, flush=True)
    return made


def _rejects(peer: Peer, case: Case, slips: Any) -> bool:
    network = case.network
    names = list(network.parameters)
    theta = np.concatenate([network.parameters[name].ravel() for name in names])
    kept = network.theta.copy()

    def put(vector: Any) -> None:
        start = 0
        for name in names:
            part = network.parameters[name]
            part[...] = np.asarray(vector)[start : start + part.size].reshape(part.shape)
            start += part.size

    def loss(vector: Any) -> float:
        put(vector)
        return network.loss(case.x, case.y)

    def gradient(vector: Any) -> Any:
        put(vector)
        found = backprop(network, case.x, case.y, slips)
        return np.concatenate([found[name].ravel() for name in names])

    try:
        return peer.rejects(loss, gradient, theta)
    finally:
        network.theta[...] = kept


def times(timed: list[str]) -> str:
    """A sentence with the times of all sizes."""
    return f"All parameters of a network, float64, one thread: {'; '.join(timed)}."


def keep(named: dict[int, dict[str, int]], rows: list[Any], timed: list[Any], absent: list[str]) -> None:
    """As a table."""
    words = {1: "one slip", 2: "two", 3: "three"}
    told = [
        f"{words[arity]}: {found['detected']} of {found['cases']} detected, {found['named']} named "
        f"({100 * found['named'] / found['cases']:.1f} %), {found.get('false alarms', 0)} false alarms"
        for arity, found in named.items()
    ]
    content = {
        "title": "Gradient checkers side by side",
        "about": "The same losses and gradients given to each: backpropagation by hand with a slip in it, the same "
        "without; right gradients that are hard to check, wrong ones that are easily missed (benchmarks/checkers.py). "
        "SciPy and statsmodels return numbers; a difference above 1e-5 counts as a rejection.",
        "table": {
            "header": ["checker", "slips detected", "right ones rejected", "hard right ones rejected",
                       "wrong ones accepted", "median time"],
            "rows": rows,
        },
        "notes": [
            "Of the peers none names a mistake. `explain_gradient` on drawn networks: " + "; ".join(told) + ".",
            *(["Not installed, and so left out: " + ", ".join(absent) + "."] if absent else []),
            times(timed),
        ],
    }  # fmt: skip
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
