"""Training scripts that end in unusual ways, watched by the real recorder: unharmed, and judged on what was seen."""

# ruff: noqa: E501 - programs stand in strings, a line each
from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from tests.side_by_side import REPORTED, assert_no_harm, plain, told, verdict_of, watched

SECONDS = 60  # more than any of these takes, on a busy machine too
TRAIN = """
    import numpy as np
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)); y = x @ np.array([1.5, -0.7]) + 0.2
    w, b = np.zeros(2), 0.0
    def step():
        global w, b
        error = x @ w + b - y
        w = w - 0.05 * x.T @ error / 40
        b = b - 0.05 * error.mean()
        return (error ** 2).mean()
"""
# What the script does, the verdict on it, and how it is said to have ended.
SCRIPTS = {
    "ends": ("for k in range(200):\n    step()\nprint(w, b)", "right", "finished"),
    "raises": ("for k in range(200):\n    step()\n    if k == 150: print(wieghts)", "right", "raised"),
    "raises at once": ("1 / 0", "none", "raised"),
    "raises inside of an operation": ("for k in range(50): step()\nx = x[:, 0]\nstep()", "right", "raised"),
    "exits": ("import sys\nfor k in range(200):\n    step()\nsys.exit(3)", "right", "finished"),
    "exits at once": ("import os\nfor k in range(200):\n    step()\nprint('x', flush=True)\nos._exit(5)", "right", "finished"),
    "reads input": ("for k in range(200): step()\nwhile True:\n    print(float(input('x? ')) * w)", "right", "raised"),
    "never updates": ("for k in range(200): (x @ w + b - y).mean()", "none", "finished"),
    "updates nothing but counters": ("n = t = 0.0\nfor k in range(200):\n    n += 1\n    t = t + 0.5", "none", "finished"),
    "is empty": ("", "none", "finished"),
    "updates once": ("step()", "none", "finished"),
    "starts threads": (
        "import threading\nseen = []\ndef show():\n    for k in range(50): seen.append(float((x @ w).sum()) * 0)\n"
        "t = [threading.Thread(target=show) for _ in range(3)]\n[each.start() for each in t]\nfor k in range(200): step()\n"
        "[each.join() for each in t]\nprint(len(seen), w)", "right", "finished",
    ),
    "trains in a thread": (
        "import threading\ndef train():\n    for k in range(200): step()\nt = threading.Thread(target=train)\nt.start(); t.join()\nprint(w)",
        "none", "finished",
    ),
    "starts processes": (
        "import multiprocessing\ndef work(k): return k * 1.5 + float(w.sum()) * 0\nif __name__ == '__main__':\n"
        "    for k in range(100): step()\n    for method in ('fork', 'spawn'):\n"
        "        with multiprocessing.get_context(method).Pool(2) as pool: print(pool.map(work, range(4)))\n"
        "    for k in range(100): step()\n    print(w)", "right", "finished",
    ),
    "turns warnings into errors": (
        "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\nfor k in range(200): step()\nprint(w)", "right", "finished",
    ),
    "imports its training": ("import helper\nprint(helper.train(x, y))", "right", "finished"),
    "catches everything": (
        "n = 0\nfor k in range(200):\n    try:\n        step()\n        if k % 7 == 0: raise KeyError(k)\n    except BaseException: n += 1\nprint(n, w)",
        "right", "finished",
    ),
    "prints much": ("for k in range(3000): print(k, step(), w)", "right", "finished"),
}  # fmt: skip
SLOW = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(50, 3))
y = x @ np.array([[1.0], [-2.0], [0.5]]) + 3.0
w, b = np.zeros((3, 1)), np.zeros(1)
for step in range(400):
    error = x @ w + b - y
    w -= 1e-5 * x.T @ error / len(x)
    b -= 1e-5 * error.mean(0)
print(np.mean(error ** 2))
"""
HELPER = """
import numpy as np
def train(x, y):
    w = np.zeros(2)
    for k in range(200):
        w -= 0.05 * x.T @ (x @ w - y) / len(x)
    return w
"""


def script(folder: Path, text: str) -> Path:
    (folder / "helper.py").write_text(HELPER)
    path = folder / "train.py"
    path.write_text(textwrap.dedent(TRAIN) + text + "\n")
    return path


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_run_that_ends_somehow(name: str, tmp_path: Path) -> None:
    text, verdict, how = SCRIPTS[name]
    path = script(tmp_path, text)
    expected, got = plain(path, tmp_path, b"1\n2\n"), watched(path, tmp_path, b"1\n2\n")
    if name == "exits at once":  # nothing can be written at the end of such a process
        assert (got.code, got.out, got.err) == (expected.code, expected.out, expected.err) == (5, b"x\n", b"")
    else:
        assert_no_harm(expected, got)
    assert (verdict_of(got.report), got.report["program"]["ended"]) == (verdict, how)
    if verdict == "none":
        assert got.report["findings"] == []


def heed_interrupts() -> None:
    """Tests that run in the background of a shell hand on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "backproof", "run", *options, "train.py"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "COLUMNS": "80"}
    pipe: Any = subprocess.PIPE
    null = subprocess.DEVNULL
    return subprocess.Popen(
        command, cwd=folder, stdin=null, stdout=pipe, stderr=pipe, env=environment, preexec_fn=heed_interrupts
    )


ENDLESS = {
    "training": "k = 0\nwhile True:\n    step()\n    k += 1\n    if k == 2000: print('ready', flush=True)",
    "printing": "print('ready', flush=True)\nwhile True: print(step(), w, flush=True)",
    "waiting": "import time\nfor k in range(200): step()\nprint('ready', flush=True)\ntime.sleep(60)",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ENDLESS)
def test_a_run_that_is_interrupted_is_reported_on(name: str, number: int, tmp_path: Path) -> None:
    script(tmp_path, ENDLESS[name])
    process = start(tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    if name == "printing":
        for _ in range(500):
            process.stdout.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == -number
    assert b"fault in backproof" not in err
    assert (b"KeyboardInterrupt" in err) == (number == signal.SIGINT)
    assert b"right" in err.split(b"backproof", 1)[-1], err.decode()


@pytest.mark.parametrize("name", ENDLESS)
def test_a_time_limit_ends_it_and_the_report_follows(name: str, tmp_path: Path) -> None:
    script(tmp_path, ENDLESS[name])
    begun = time.monotonic()
    out, err = start(tmp_path, "--time-limit", "4").communicate(timeout=SECONDS)
    assert out.startswith(b"ready\n")
    assert b"Traceback" not in err
    assert b"right" in err, err.decode()
    assert time.monotonic() - begun < SECONDS / 2


def test_updates_are_counted_where_a_limit_is_set(tmp_path: Path) -> None:
    script(tmp_path, ENDLESS["training"])
    process = start(tmp_path, "--stop-after", "30", "--format", "json", "--output", "report.json")
    _, err = process.communicate(timeout=SECONDS)
    assert REPORTED.sub(b"", err) == b""
    assert process.returncode == 0
    assert b'"stopped_by_limit"' in (tmp_path / "report.json").read_bytes()


@pytest.mark.parametrize(("text", "code"), [("", 11), ("for k in range(200): step()", 0)])
def test_where_nothing_was_trained_this_is_said(text: str, code: int, tmp_path: Path) -> None:
    script(tmp_path, text)
    process = start(tmp_path, "--fail-on", "error")
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == code
    assert (b"No training step was seen" in err) == (code == 11)


def test_experiments_can_be_switched_off(tmp_path: Path) -> None:
    """What only another training can tell is then not told, and that nobody looked is."""
    path = tmp_path / "train.py"
    path.write_text(SLOW, encoding="utf-8")
    tried, spared = watched(path, tmp_path), watched(path, tmp_path, options=["--no-experiments"])
    assert "learning-rate-too-low" in told(tried.report)
    assert told(spared.report) == {}
    because = {skipped["rule"]: skipped["because"] for skipped in spared.report["skipped"]}
    assert "experiments are switched off" in because["learning-rate-too-low"]
    assert spared.left == tried.left


def test_a_module_of_the_script_does_not_stand_before_a_built_in_one(tmp_path: Path) -> None:
    """Python finds `time` before it looks for files, and `colorsys` only after those of the script."""
    for name in ("time", "colorsys"):
        (tmp_path / f"{name}.py").write_text("MINE = True\n", encoding="utf-8")
    script = tmp_path / "train.py"
    script.write_text(
        "import time, colorsys\nprint(hasattr(time, 'MINE'), hasattr(colorsys, 'MINE'))\n", encoding="utf-8"
    )
    expected = subprocess.run([sys.executable, str(script)], capture_output=True, check=True)
    assert watched(script, tmp_path).out == expected.stdout == b"False True\n"
