"""What `backproof run` costs: the processor time of programs of some seconds, watched and not, in turn.

`python benchmarks/watching_scripts.py [ROUNDS] [NAME ...]`. To reach: at most 1.15 times python's plus 3 s; better,
1.05 times plus 1 s. Processor time, so that other programs on the machine do not count; one thread of BLAS.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = [*sorted((HERE.parent / "examples" / "sine").glob("*.py")), *sorted((HERE / "training").glob("*.py"))]
ROUNDS = 3
FACTOR, SECONDS = 1.15, 3.0  # the most that watching may cost


def processor_seconds(command: list[str]) -> float:
    """Of one process, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = os.pathsep.join([str(HERE.parent / "src"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line a program; end with 1 if one costs too much."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    wanted = sys.argv[2:]
    print(f"{'program':28s}{'plain':>9s}{'watched':>9s}{'ratio':>8s}{'more':>9s}   (medians of {rounds}, seconds)")
    worst = 0
    for program in PROGRAMS:
        if wanted and program.stem not in wanted:
            continue
        plain, watched = [], []
        for _ in range(rounds):
            plain.append(processor_seconds([sys.executable, str(program)]))
            watched.append(processor_seconds([sys.executable, "-m", "backproof", "run", str(program)]))
        one, other = statistics.median(plain), statistics.median(watched)
        within = other <= FACTOR * one + SECONDS
        worst = max(worst, not within)
        name = f"{program.parent.name}/{program.name}"
        print(f"{name:28s}{one:9.2f}{other:9.2f}{other / one:8.2f}{other - one:9.2f}   {'' if within else 'TOO SLOW'}")
        sys.stdout.flush()
    sys.exit(worst)


if __name__ == "__main__":
    main()
