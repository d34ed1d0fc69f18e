"""A watched script prints, raises and exits as under plain python, byte for byte; both are really run and compared."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from backproof.running import tracebacks

WATCHED = [sys.executable, str(Path(__file__).with_name("watched.py")), "run"]
SECONDS = 20  # more than any of these scripts takes, on a busy machine too
ADDRESS = re.compile(rb"0x[0-9a-f]+")
REPORTED = re.compile(rb"backproof: [^\n]*; the report is in [^\n]*report\.json\n\Z")


class Ended(NamedTuple):
    """How a process ended."""

    code: int
    out: bytes
    err: bytes


def heed_interrupts() -> None:
    """Tests that run in the background of a shell hand on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(command: Sequence[str], folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1", **more}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, preexec_fn=heed_interrupts
    )


def ended(process: subprocess.Popen[bytes], stdin: bytes = b"") -> Ended:
    with process:
        try:
            out, err = process.communicate(stdin, timeout=SECONDS)
        finally:
            process.kill()  # nothing happens if it has ended
    return Ended(process.returncode, out, ADDRESS.sub(b"0x", err))


def watched(folder: Path, *arguments: str) -> list[str]:
    return [*WATCHED, "--format", "json", "--output", str(folder / "report.json"), *arguments]


def report(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "report.json").read_text())["program"]
    return content


def both(folder: Path, *arguments: str, stdin: bytes = b"") -> tuple[Ended, Ended]:
    """The script under python, and watched, less the one line that says where the report is."""
    plain = start([sys.executable, *arguments], folder)
    seen = start(watched(folder, *arguments), folder)
    expected, got = ended(plain, stdin), ended(seen, stdin)
    assert REPORTED.search(got.err), got.err.decode()
    return expected, got._replace(err=REPORTED.sub(b"", got.err))


def write(folder: Path, text: str, name: str = "train.py") -> None:
    (folder / name).write_text(textwrap.dedent(text))


NAMES = r"""
    import re, sys
    sys.stdout.write(re.sub("0x[0-9a-f]+", "0x", repr(list(globals().items()))))
    print(dir(), sys.argv, sys.path[0], sys.flags, sys.getrecursionlimit())
    print(__name__ in sys.modules, sys.modules["__main__"].__dict__ is globals(), type(__builtins__))
"""
NESTED = """
    import helper
    def outer():
        try:
            helper.inner(0)
        except ZeroDivisionError as error:
            raise ValueError("outer") from error
    try:
        outer()
    except ValueError:
        print("handling")
        raise KeyError("last")
"""
PARALLEL = """
    import multiprocessing, os, sys
    class Item:
        def __init__(self, value): self.value = value
    def work(item): return Item(item.value * 2)
    def leave(): os._exit(3)
    if __name__ == "__main__":
        for method in ("spawn", "fork"):
            context = multiprocessing.get_context(method)
            with context.Pool(2) as pool:
                print([item.value for item in pool.map(work, [Item(k) for k in range(4)])])
            child = context.Process(target=leave)
            child.start(); child.join(); print(child.exitcode)
        sys.stdout.flush()
        if os.fork() == 0:
            print("in the child")
            sys.exit(4)
        print(os.wait()[1] >> 8)
"""
LAST_ERROR = """
    import atexit, sys
    @atexit.register
    def show(): print(sys.last_value, sys.last_traceback.tb_lineno)
    1 / 0
"""
PRINTS_AT_THE_END = """
    import atexit, threading, time
    class Late:
        def __del__(self): print("deleted")
    late = Late()
    def slow():
        time.sleep(0.2); print("thread")
    threading.Thread(target=slow).start()
    atexit.register(print, "first registered")
    @atexit.register
    def second():
        print("second registered"); raise RuntimeError("in the handler")
    print("main ends")
"""
SCRIPTS = {
    "normal": "print('hello', end='')",
    "arguments": "import sys; print(sys.argv, __file__); print(sys.stdin.read().upper())",
    "names": NAMES,
    "docstring": "'''Doc.'''\nfrom __future__ import annotations\nprint(__doc__, __annotations__, __loader__.path)",
    "error": "print('a')\nw = [1]\n\nw[3] += (1 + 2)",
    "error in an imported module": NESTED,
    "error group": "raise ExceptionGroup('both', [ValueError(1), TypeError(2)])",
    "error with notes": "e = ValueError('x'); e.add_note('a note'); raise e",
    "error that cannot be shown": "class E(Exception):\n    def __str__(self): return 1 / 0\nraise E",
    "undefined name": "weights = 1\nprint(wieghts)",
    "syntax error": "x = (1,\nprint(2)",
    "wrong indentation": "def f():\n  x = 1\n    y = 2",
    "syntax error in an import": "import bad",
    "missing import": "import nowhere_to_be_found",
    "own excepthook": "import sys\nsys.excepthook = lambda *a: print('mine', a[0], len(a), a[2].tb_lineno)\n1 / 0",
    "excepthook that exits": "import sys\ndef h(*a): sys.exit(7)\nsys.excepthook = h\n1 / 0",
    "last error": LAST_ERROR,
    "exit": "import sys; sys.exit()",
    "exit 3": "import sys; sys.exit(3)",
    "exit -1": "import sys; sys.exit(-1)",
    "exit with words": "import sys; sys.exit('words')",
    "exit with an object": "raise SystemExit([1, 2])",
    "quit": "quit()",
    "os._exit": "import os; print('lost'); os._exit(5)",
    "os._exit in a thread": "import os, threading as t\nt = t.Thread(target=os._exit, args=(6,)); t.start(); t.join()",
    "end": PRINTS_AT_THE_END,
    "thread error": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='T'); t.start(); t.join()",
    "processes": PARALLEL,
    "pickle": "import pickle\nclass A: x = 1\nprint(pickle.loads(pickle.dumps(A())).x, pickle.dumps(A()), A)",
    "warning": "import warnings\ndef f():\n  warnings.warn('a', stacklevel=2)\nf()\nwarnings.warn('b', FutureWarning)",
    "interrupt": "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)",
    "interrupt caught": "try:\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    print('caught')",
    "terminated": "import os, signal, time\nprint('lost')\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(5)",
    "terminated with a handler": (
        "import os, signal, sys\nsignal.signal(15, lambda *a: sys.exit(9))\nos.kill(os.getpid(), 15)"
    ),
    "changed directory": "import os, sys\nos.chdir('/'); print(os.getcwd(), sys.path[0]); 1 / 0",
    "closed streams": "import sys\nprint('x')\nsys.stdout.close()",
    "broken stdout": "import os, sys\nprint('x')\nos.close(1)",
    "empty": "",
    "files that bear our names": "import rich, typer, random, textwrap\nprint(rich.own, typer.own, textwrap)",
    "byte order mark": "\ufeffprint('ä')",
    "no line end": "print(1)\n# end",
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_does_what_it_does_under_python(name: str, tmp_path: Path) -> None:
    write(tmp_path, SCRIPTS[name])
    write(tmp_path, "def inner(x):\n    return 1 / x\n", "helper.py")
    write(tmp_path, "def f(:\n", "bad.py")
    for own in ("rich", "typer", "random") if "our names" in name else ():
        write(tmp_path, f"own = {own!r}; print(own)", f"{own}.py")
    expected, got = both(tmp_path, "train.py", "--epochs", "3", "--", "-m", stdin=b"line\n")
    assert got == expected


@pytest.mark.parametrize("name", ["names", "error", "syntax error", "exit 3", "processes", "interrupt", "pickle"])
def test_a_module_does_what_it_does_under_python(name: str, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    write(tmp_path, "", "package/__init__.py")
    write(tmp_path, SCRIPTS[name], "package/__main__.py")
    write(tmp_path, SCRIPTS[name], "package/module.py")  # its objects reach processes; those of a `__main__.py` do not
    expected, got = both(tmp_path, "-m", "package.module" if name == "processes" else "package", "--help")
    assert got == expected


def test_a_missing_module_is_told_as_python_tells_it(tmp_path: Path) -> None:
    expected = ended(start([sys.executable, "-m", "nowhere"], tmp_path))
    assert ended(start(watched(tmp_path, "-m", "nowhere"), tmp_path)) == expected


def test_a_script_elsewhere_and_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    write(tmp_path, "import sys, beside; print(__file__, sys.path[0], sys.argv); 1 / 0", "far/train.py")
    write(tmp_path, "", "far/beside.py")
    (tmp_path / "link.py").symlink_to(tmp_path / "far" / "train.py")
    for script in ("far/train.py", "link.py", "./far/../far/train.py"):
        expected, got = both(tmp_path, script)
        assert got == expected


def test_recursion_goes_about_as_deep(tmp_path: Path) -> None:
    write(tmp_path, "def f(x):\n    return f(x)\nf(1)")
    repeated = re.compile(rb"repeated (\d+) more times")
    expected, got = both(tmp_path, "train.py")
    depths = [int(repeated.search(one.err)[1]) for one in (expected, got)]  # type: ignore[index]
    assert got.err.splitlines()[:-2] == expected.err.splitlines()[:-2]  # the last one names what python was just doing
    assert got.err.splitlines()[-1].startswith(b"RecursionError: maximum recursion depth exceeded")
    assert 0 <= depths[0] - depths[1] < 10


def test_our_frames_are_taken_out_wherever_they_are() -> None:
    ours = str(Path(tracebacks.PACKAGE) / "scripts" / "planted.py")
    names: dict[str, Any] = {}
    for code, file in (
        ("def fail():\n    1 / 0", "user.py"),
        ("def hook():\n    try:\n        {}['ours']\n    finally:\n        fail()", ours),
        ("def load():\n    hook()", "<frozen importlib._bootstrap>"),
        (
            "def start():\n    try:\n        load()\n    except Exception as e:\n        raise RuntimeError from e",
            "user.py",
        ),
        ("def launch():\n    start()", "launcher.py"),
    ):
        exec(compile(code, file, "exec"), names)
    with pytest.raises(RuntimeError) as caught:
        names["launch"]()
    cause = caught.value.__cause__
    assert cause is not None
    assert isinstance(cause.__context__, KeyError)
    tracebacks.peel(caught.value, names["launch"].__code__)
    assert [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)] == ["start"]
    assert [frame.name for frame in traceback.extract_tb(cause.__traceback__)] == ["start", "fail"]
    assert cause.__context__ is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print(1)", {"ended": "finished", "exit_code": 0, "error": None}),
        ("import sys; sys.exit(3)", {"ended": "finished", "exit_code": 3}),
        ("import sys; sys.exit('x')", {"ended": "finished", "exit_code": 1}),
        ("1 / 0", {"ended": "raised", "exit_code": 1, "error": "ZeroDivisionError: division by zero"}),
        ("import os; os._exit(5)", {"ended": "finished", "exit_code": 5}),
        ("raise KeyboardInterrupt", {"ended": "interrupted", "exit_code": 130, "error": "KeyboardInterrupt"}),
        ("import os; os.kill(os.getpid(), 15)", {"ended": "interrupted", "exit_code": 143}),
        ("import math, torch", {"frameworks": ["torch"]}),
        ("from numpy import array", {"frameworks": ["numpy"]}),
    ],
)
def test_how_it_ended_is_known(text: str, told: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, text)
    write(tmp_path, "", "torch.py")
    ended(start(watched(tmp_path, "train.py", "a"), tmp_path))
    program = report(tmp_path)
    assert {**told, "path": "train.py", "argv": ["a"]}.items() <= program.items()


@pytest.mark.parametrize(("number", "how"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "interrupted")])
@pytest.mark.parametrize("text", ["while True: pass", "input('>')", "while True: print('x' * 100, flush=True)"])
def test_a_signal_from_outside(text: str, number: int, how: str, tmp_path: Path) -> None:
    write(tmp_path, f"import sys\nprint('ready', file=sys.stderr, flush=True)\n{text}")
    codes = []
    for command in ([sys.executable, "train.py"], watched(tmp_path, "train.py")):
        process = start(command, tmp_path)
        assert process.stderr is not None
        assert process.stderr.readline() == b"ready\n"
        time.sleep(0.05)
        process.send_signal(number)
        codes.append(ended(process).code)
    assert codes == [-number, -number]
    assert report(tmp_path)["ended"] == how


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    write(tmp_path, "while True: print('x' * 1000)")
    endings = []
    for command in ([sys.executable, "train.py"], watched(tmp_path, "train.py")):
        with start(command, tmp_path) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            endings.append((REPORTED.sub(b"", process.stderr.read()), process.wait(SECONDS)))
    assert endings[0] == endings[1]
    assert report(tmp_path)["error"] == "BrokenPipeError: [Errno 32] Broken pipe"


@pytest.mark.parametrize("how", ["2>&-", ">&- 2>&-", "2>&1 | true", "</dev/null >/dev/null 2>/dev/null"])
def test_closed_streams_do_not_matter(how: str, tmp_path: Path) -> None:
    write(tmp_path, "open('done', 'w').close()\nimport os; print(os.open('done', os.O_RDONLY) < 10)")
    command = " ".join([*WATCHED, "train.py"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert (
        subprocess.run(f"{command} {how}", shell=True, cwd=tmp_path, env=environment, timeout=SECONDS).returncode == 0
    )
    assert (tmp_path / "done").exists()


def test_the_report_comes_last_and_survives_what_is_done_to_stderr(tmp_path: Path) -> None:
    write(tmp_path, "import sys, os\nsys.stderr.close()\nfile = open('data', 'w')\nos.dup2(file.fileno(), 2)")
    got = ended(start([*WATCHED, "train.py"], tmp_path))
    assert b"No training step was seen" in got.err
    assert (tmp_path / "data").read_text() == ""


@pytest.mark.parametrize(
    ("limit", "text", "code"),
    [
        (["--time-limit", "0.3"], "while True: pass", 0),
        (["--time-limit", "0.3"], "import time\ntry:\n    time.sleep(9)\nfinally:\n    print('finally')", 0),
        (["--time-limit", "0.3"], "while True:\n    try:\n        while True: pass\n    except Exception: pass", 0),
        (["--time-limit", "0.1"], "import time\ntry:\n    time.sleep(9)\nexcept:\n    time.sleep(9)", 0),
        (["--stop-after", "5"], "for k in range(99): print(k); update()", 0),
        (["--stop-after", "5"], "import threading\nt = threading.Thread(target=lambda: [update() for k in range(9)])\n"
                                "t.start()\nwhile True: pass", 0),
    ],
)  # fmt: skip
def test_a_limit_ends_the_script_politely(limit: list[str], text: str, code: int, tmp_path: Path) -> None:
    write(tmp_path, text)
    got = ended(start([*watched(tmp_path, *limit), "train.py"], tmp_path, FAKE_UPDATES="1"))
    assert (got.code, REPORTED.sub(b"", got.err)) == (code, b"")
    assert report(tmp_path)["ended"] == "stopped_by_limit"
    if "--stop-after" in limit and "print" in text:
        assert got.out == b"0\n1\n2\n3\n4\n"


@pytest.mark.parametrize("where", ["make", "code_for", "attach", "detach", "diagnose"])
@pytest.mark.parametrize(("text", "code"), [("print('done')", 0), ("print('done')\n1 / 0", 1)])
def test_a_fault_of_ours_is_told_and_does_no_harm(where: str, text: str, code: int, tmp_path: Path) -> None:
    write(tmp_path, text)
    got = ended(start([*WATCHED, "train.py"], tmp_path, FAKE_FAULT=where))
    assert (got.code, got.out) == (code, b"done\n")
    told = [line for line in got.err.decode().splitlines() if line.startswith("backproof: a fault")]
    assert len(told) == 1
    assert f"(LookupError: planted in {where})" in told[0]
    assert "bug report" in told[0]
    assert b"watched.py" not in got.err
    shown = ended(start([*WATCHED, "train.py"], tmp_path, FAKE_FAULT=where, BACKPROOF_DEBUG="1"))
    assert b"watched.py" in shown.err


def test_a_syntax_error_stays_one_when_the_recorder_fails_too(tmp_path: Path) -> None:
    write(tmp_path, "x = (")
    expected = ended(start([sys.executable, "train.py"], tmp_path))
    got = ended(start([*WATCHED, "train.py"], tmp_path, FAKE_FAULT="code_for"))
    assert got.err.startswith(expected.err)
    assert got.code == 1
