"""Runs a program plainly and watched, each in a process of its own, and compares what came of it.

As a script, `python side_by_side.py LEFT plain SCRIPT` and `python side_by_side.py LEFT run ... SCRIPT` run it as
`python SCRIPT` and `backproof run ... SCRIPT` do; when all has ended, the report included, they write into the file
LEFT what the program left behind: every number and array in reach of its globals, and the state of random generators.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import importlib
import json
import os
import random
import re
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import Any, NamedTuple

REPORTED = re.compile(rb"backproof: [^\n]*; the report is in [^\n]*\n\Z")
ADDRESS = re.compile(rb"0x[0-9a-f]+")
SERVE = "serve"
LIBRARIES = ("sklearn.datasets", "torch")  # that take seconds to import
SECONDS = 120  # more than any of these programs takes, on a busy machine too


class Ended(NamedTuple):
    """How a process ended, and what the program in it left behind."""

    code: int
    out: bytes
    err: bytes
    left: dict[str, str]
    report: dict[str, Any]  # empty where it was not watched
    seconds: float


def plain(script: Path, folder: Path, stdin: bytes = b"") -> Ended:
    """The program as python runs it; `folder` is where the files of the test are put."""
    return _ended(["plain", str(script)], {}, folder / "plain.json", script, stdin)


def watched(script: Path, folder: Path, stdin: bytes = b"", options: Sequence[str] = ()) -> Ended:
    """The program as backproof runs it, and its report."""
    file = folder / "report.json"
    arguments = ["run", "--format", "json", "--output", str(file), *options, str(script)]
    got = _ended(arguments, {}, folder / "watched.json", script, stdin)
    assert REPORTED.search(got.err), got.err.decode()
    return got._replace(err=REPORTED.sub(b"", got.err), report=json.loads(file.read_text()))


def plain_of_fork(script: Path, folder: Path) -> Ended:
    """As `plain`, in a fork of a process that has loaded the libraries: their import takes most of the time."""
    return _forked(["plain", str(script)], folder / "plain.json", script)


def watched_of_fork(script: Path, folder: Path) -> Ended:
    """As `watched`, in such a fork."""
    file = folder / "report.json"
    got = _forked(["run", "--format", "json", "--output", str(file), str(script)], folder / "watched.json", script)
    assert REPORTED.search(got.err), got.err.decode()
    return got._replace(err=REPORTED.sub(b"", got.err), report=json.loads(file.read_text()))


@cache
def _server(*libraries: str) -> subprocess.Popen[str]:
    """Forks a process for each line that it reads."""
    pipe, command = subprocess.PIPE, [sys.executable, __file__, SERVE, *libraries]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=_environment(), text=True)


def _forked(arguments: list[str], left: Path, script: Path) -> Ended:
    # What a program does not use, it does not get: a larger process takes longer to fork and to end.
    source = script.read_text(encoding="utf-8")
    libraries = tuple(library for library in LIBRARIES if library in source)
    server, start = _server(*libraries), time.perf_counter()
    assert server.stdin
    assert server.stdout
    out, err = left.with_suffix(".out"), left.with_suffix(".err")
    print(json.dumps([str(script.parent), str(out), str(err), str(left), *arguments]), file=server.stdin, flush=True)
    if not select.select([server.stdout], [], [], SECONDS)[0]:
        server.kill()
        _server.cache_clear()
        raise TimeoutError(script)
    code = int(server.stdout.readline())
    known = json.loads(left.read_text()) if left.exists() else {}
    seconds = time.perf_counter() - start
    return Ended(code, out.read_bytes(), ADDRESS.sub(b"0x", err.read_bytes()), known, {}, seconds)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",  # so that sums are made in the same order twice
        "OMP_NUM_THREADS": "1",  # and threads of two workers do not wait for one another
    }


def _ended(arguments: list[str], more: dict[str, str], left: Path, script: Path, stdin: bytes) -> Ended:
    environment = {**_environment(), **more}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, str(left), *arguments],
        cwd=script.parent,
        env=environment,
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
    )
    seconds = time.perf_counter() - start
    known = json.loads(left.read_text()) if left.exists() else {}
    return Ended(done.returncode, done.stdout, ADDRESS.sub(b"0x", done.stderr), known, {}, seconds)


def assert_no_harm(expected: Ended, got: Ended) -> None:
    """The same bytes, the same exit code, and the same numbers left behind, to the last bit."""
    assert got.code == expected.code, got.err.decode()
    assert got.out == expected.out
    assert got.err == expected.err
    assert len(expected.left) > 2, "nothing was compared"
    differ = {where for where in {*expected.left, *got.left} if expected.left.get(where) != got.left.get(where)}
    assert not differ, sorted(differ)[:10]


def verdict_of(report: dict[str, Any]) -> str:
    """`wrong` if one parameter's step is, `right` if some are and none is wrong, `none` if none was judged."""
    verdicts = {row["verdict"] for row in report["gradients"]}
    return next((each for each in ("wrong", "right") if each in verdicts), "none")


def told(report: dict[str, Any]) -> dict[str, list[int]]:
    """The errors and warnings of a report, in its order, with the lines they point to."""
    found: dict[str, list[int]] = {}
    for finding in report["findings"]:
        if finding["severity"] in ("error", "warning"):
            found.setdefault(finding["rule"], []).extend(place["line"] for place in finding["where"])
    return found


# -- what a program leaves behind


def numbers_in(value: Any, where: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    """Every number and array in reach of `value`, with the way to it: through containers, objects and closures."""
    import numpy as np

    if isinstance(value, bool | int | float | complex | np.generic):
        yield where, repr(value)
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield where, f"{value.dtype} {value.shape} {hashlib.sha256(np.ascontiguousarray(value)).hexdigest()}"
    elif "torch" in sys.modules and isinstance(value, sys.modules["torch"].Tensor):
        yield where, _hashed(value)
    elif id(value) not in seen:
        seen.add(id(value))
        for name, inner in _inside(value):
            yield from numbers_in(inner, f"{where}{name}", seen)


def _hashed(tensor: Any) -> str:
    """A tensor of PyTorch with its gradient."""
    torch = sys.modules["torch"]
    plain = tensor.detach().to_dense() if tensor.layout != torch.strided else tensor.detach()
    digest = hashlib.sha256(plain.contiguous().flatten().view(torch.uint8).numpy()).hexdigest()
    gradient = _hashed(tensor.grad) if tensor.is_leaf and tensor.grad is not None else ""
    return f"{tensor.dtype} {tuple(tensor.shape)} {digest} {gradient}"


def _stateful() -> tuple[type, ...]:
    """What of PyTorch tells its state by itself."""
    torch = sys.modules["torch"]
    return torch.nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", inner) for key, inner in value.items())
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{k}]", inner) for k, inner in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f"{{{k}}}", inner) for k, inner in enumerate(sorted(map(repr, value))))
    elif isinstance(value, FunctionType):
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        yield from ((f"<{name}>", cell.cell_contents) for name, cell in cells if _is_filled(cell))
    elif isinstance(value, MethodType):
        yield "()", value.__self__
    elif "torch" in sys.modules and isinstance(value, _stateful()):
        yield ".state_dict()", value.state_dict()
    elif type(value).__module__ == "__main__" or (isinstance(value, type) and value.__module__ == "__main__"):
        attributes = {
            name: getattr(value, name) for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())
            if hasattr(value, name)
        }  # fmt: skip
        attributes |= vars(value) if hasattr(value, "__dict__") else {}
        yield from ((f".{name}", inner) for name, inner in attributes.items() if not name.startswith("__"))


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises where the variable has no value
    except ValueError:
        return False
    return True


def write_left(file: str) -> None:
    """Write what `__main__` holds, and the state of all that a watcher could disturb."""
    import numpy as np

    sys.setrecursionlimit(100_000)
    found: dict[str, str] = {}
    for name, value in list(vars(sys.modules["__main__"]).items()):
        if not name.startswith("__"):
            found.update(numbers_in(value, name, set()))
    random_state = (random.getstate(), np.random.get_state()[1:])  # noqa: NPY002 - the generator that programs use
    if "torch" in sys.modules:
        found["(generator of PyTorch)"] = _hashed(sys.modules["torch"].get_rng_state())
    found["(random generators)"] = hashlib.sha256(repr(random_state).encode()).hexdigest()
    found["(error state)"] = repr(np.geterr())
    Path(file).write_text(json.dumps(found))


# -- the program's process


def run_plainly(script: str) -> None:
    """As `python SCRIPT` does, tracebacks included."""
    main = ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    sys.argv, sys.path[0] = [script], os.path.dirname(script)
    with open(script, "rb") as file:
        source = file.read()
    sys.excepthook = _without_our_frame
    exec(compile(source, script, "exec", dont_inherit=True), vars(main))


def _without_our_frame(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


def main() -> None:
    """Run as the arguments say, and write what is left behind at the very end."""
    import numpy as np
    import rich.console  # noqa: F401 - draws random numbers when it is loaded, which the report does after the program

    random.seed(0)  # for programs that do not, so that two runs of them are alike
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - likewise
    left = sys.argv.pop(1)
    atexit.register(partial(write_left, os.path.abspath(left)))  # called last: it was registered first
    if sys.argv[1] == "plain":
        run_plainly(sys.argv[2])
    else:
        from backproof.cli import main as command

        command()


def serve(libraries: Sequence[str]) -> None:
    """For each line a fork that runs as it says, and a line with its exit code."""
    import numpy as np  # noqa: F401
    import rich.console  # noqa: F401

    import backproof.cli
    import backproof.observers.programs
    import backproof.report.json
    import backproof.report.text  # noqa: F401

    for library in libraries:
        importlib.import_module(library)
    gc.freeze()  # no fork touches, and so copies, what is there already
    for line in iter(sys.stdin.readline, ""):
        folder, out, err, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            for number, file in enumerate((os.devnull, out, err)):
                os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC * (number > 0), 0o600), number)
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the old one may have read ahead
            os.chdir(folder)
            sys.argv[1:] = arguments
            main()
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(sys.argv[2:]) if sys.argv[1] == SERVE else main()
