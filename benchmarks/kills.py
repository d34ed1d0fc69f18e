"""Kill -9 at random moments of training and of saving: is anything half-written ever read, is every resume exact?

    python benchmarks/kills.py               into benchmarks/results/kills.json
    python benchmarks/kills.py --kills 20    fewer of each kind, shown and not kept

Each training keeps a checkpoint after every epoch, is killed at a random moment, and is taken up again until one run
gets through; its parameters and history must then be those of a run that nobody killed, to the bit. Between two kills
the file must hold a whole network. For saving, a process writes one network after the other to one file, all weights of
the k-th being k, until it is killed; what is there then must be one of them, whole. (Processes are forked: this runs
where `os.fork` is.)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # also: no threads where processes are forked
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402

from backproof.nn import Adam, BatchNorm, Dense, Dropout, LevenbergMarquardt, Momentum, Network, load  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "kills.json"
KILLS, SEED = 100, 41
X = np.linspace(-3, 3, 60)
Y = np.sin(X)
KINDS: dict[str, tuple[Callable[[], Network], dict[str, Any]]] = {
    "Adam, batches of 8": (
        lambda: Network([Dense(6, "tanh", initializer="spread"), Dense(1)]),
        {"optimizer": Adam(0.01), "epochs": 100, "batch_size": 8},
    ),
    "momentum, batch normalisation, dropout, validation": (
        lambda: Network([Dense(8, "relu"), BatchNorm(), Dropout(0.2), Dense(1)], seed=4),
        {"optimizer": Momentum(0.01), "epochs": 60, "batch_size": 8, "validation": 0.2},
    ),
    "Levenberg-Marquardt with restarts": (
        lambda: Network([Dense(3, "tanh"), Dense(1)], seed=2),
        {"optimizer": LevenbergMarquardt(goal=1e-12, restarts=3), "epochs": 150},
    ),
}


def trained(kind: str, path: Path | None) -> str:
    """What a training comes to, as text that has every bit: parameters and history, but for the time that it took."""
    make, settings = KINDS[kind]
    network = make()
    history = network.fit(X, Y, checkpoint=path, progress=False, **settings)
    return network.theta.tobytes().hex() + json.dumps({**history.to_dict(), "seconds": 0})


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def in_process(work: Callable[[], None], wait: float | None) -> bool:
    """Do it in a process of its own, killed after so many seconds; whether it got to its end."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    if wait is not None:
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def kill_trainings(kind: str, kills: int, moments: random.Random, folder: Path) -> dict[str, int]:
    """So many kills of trainings of one kind."""
    expected = trained(kind, None)
    started = time.perf_counter()
    trained(kind, folder / "timed")
    length = time.perf_counter() - started
    counts = {"kills": 0, "broken": 0, "resumed": 0, "exact": 0}
    while counts["kills"] < kills:
        path, result = folder / f"c{counts['resumed']}", folder / "result"
        while True:
            result.unlink(missing_ok=True)
            last = counts["kills"] >= kills
            wait = None if last else moments.uniform(0, 0.6 * length)
            done = in_process(lambda path=path, result=result: _write(result, trained(kind, path)), wait)
            if done:
                break
            counts["kills"] += 1
            counts["broken"] += path.exists() and not whole(path)
        counts["resumed"] += 1
        counts["exact"] += result.read_text() == expected
    return counts


def whole(path: Path) -> bool:
    """Whether a file is read as a network."""
    try:
        return load(path).inputs == 1
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return False


def kill_savings(kills: int, moments: random.Random, folder: Path) -> dict[str, int]:
    """So many kills of a process that saves one network after the other."""
    network = Network([Dense(200, "tanh"), Dense(200, "tanh"), Dense(1)])
    network.build(1)
    path = folder / "model"
    network.theta[...] = 0
    network.save(path)
    counts = {"kills": 0, "broken": 0, "resumed": kills, "exact": 0}

    def save_all() -> None:
        for k in range(1, 1_000_000):
            network.theta[...] = k
            network.save(path)

    while counts["kills"] < kills:
        in_process(save_all, moments.uniform(0, 0.05))
        counts["kills"] += 1
        counts["broken"] += not whole(path)
        counts["exact"] += len(set(load(path).theta.tolist())) == 1
        for rest in folder.glob(".model.*"):
            rest.unlink()
    return counts


def main() -> int:
    """Measure, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=KILLS, help="of each kind")
    kills, moments, rows = parser.parse_args().kills, random.Random(SEED), []
    with tempfile.TemporaryDirectory() as folder:
        for k, kind in enumerate(KINDS):
            (Path(folder) / str(k)).mkdir()
            found = kill_trainings(kind, kills, moments, Path(folder) / str(k))
            rows.append([f"training: {kind}", *found.values()])
            print(*rows[-1], flush=True)
        rows.append(["saving: 40,000 weights", *kill_savings(kills, moments, Path(folder)).values()])
        print(*rows[-1], flush=True)
    if kills == KILLS:
        content = {
            "title": "Killed trainings",
            "about": "`kill -9` at random moments of trainings with a checkpoint after every epoch, and of saving "
            "(benchmarks/kills.py). Exact: parameters and history equal those of a training that nobody killed, to the "
            "bit; of saving: all weights are of one and the same network.",
            "table": {"header": ["killed", "kills", "half-written files", "ended", "exact"], "rows": rows},
        }
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return int(any(row[2] or row[3] != row[4] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
