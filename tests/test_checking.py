"""`backproof check` from a shell, and pytest's fixture and strategies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.errors import UsageError
from backproof.strategies import inputs

ROOT = Path(__file__).parents[1]
LAYERS = """
import numpy as np

def loss(x):
    return (x**2).sum()

def right(x):
    return 2 * x

def wrong(x):
    return x

def case():
    return loss, np.ones(3), wrong

def number():
    return 3

def fails():
    raise RuntimeError("no data")
"""
TORCH = """
import torch

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x)

class Sized(Net):
    def __init__(self, size):
        super().__init__()

def softplus(x):
    return torch.nn.functional.softplus(x)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layers.py").write_text(LAYERS)
    (tmp_path / "nets.py").write_text(TORCH)
    (tmp_path / "broken.py").write_text("1 / 0")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "backproof", "check", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("layers.py:loss", "--input", "4", "--gradient", "right"), 0, "gradient right"),
        (("layers:loss", "--input", "2x3", "--gradient", "wrong"), 10, "constant-factor-only"),
        (("layers.py:case",), 10, "1/2 times the true one"),
        (("layers.py:case", "--rtol", "0.6"), 0, "gradient right"),
    ],
)
def test_the_exit_code_is_the_verdict(folder: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, words in done.stdout) == (code, True), done


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("nets.py:Square", "--input", "5"), 10), (("nets.py:Net", "--input", "5x3"), 0),
     (("nets.py:softplus", "--input", "4x2"), 0)],
)  # fmt: skip
def test_torch_modules_functions_and_functions_of_tensors(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    pytest.importorskip("torch")
    assert run(folder, *arguments).returncode == code


def test_json_is_plain_data(folder: Path) -> None:
    done = run(folder, "layers.py:case", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["verdict"], found["mistakes"]) == ("wrong", ["constant-factor-only"])
    assert found["parameters"][0]["ratio"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("layers.py",), "names no object"),
        (("nowhere.py:x",), "there is no file 'nowhere.py'"),
        (("nowhere:x",), "cannot import nowhere"),
        (("broken.py:x",), "importing broken.py fails: ZeroDivisionError"),
        (("layers.py:los",), "there is no 'los'; there are np, loss"),
        (("layers.py:loss",), "give the shapes of its inputs"),
        (("layers.py:number",), "must return what check_gradient takes"),
        (("layers.py:fails",), "RuntimeError: no data"),
        (("layers.py:loss", "--input", "axb"), "'axb' is no shape"),
        (("layers.py:loss", "--input", "4", "--framework", "caffe"), "there is no framework 'caffe'"),
        (("layers.py:loss", "--input", "4", "--gradient", "none"), "there is no 'none'"),
        (("layers.py:loss", "--input", "4"), "there is no gradient to check"),
        (("layers.py:case", "--format", "xml"), "must be text or json"),
        (("layers.py:case", "--time-limit", "soon"), "--time-limit 'soon' must be a number"),
    ],
)
def test_bad_input_is_told_in_a_line(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False), done


# -- in pytest

TESTS = """
import numpy as np
import pytest

def loss(x):
    return (x**3).sum()

def test_right(check_gradient):
    assert check_gradient(loss, np.ones(3), lambda x: 3 * x**2)

def test_wrong(check_gradient):
    check_gradient(loss, np.arange(1.0, 4.0), lambda x: x**2)

def test_kink(check_gradient):
    check_gradient(lambda x: np.maximum(x, 0).sum(), np.zeros(2), lambda x: (x > 0) * 1.0)

def test_kink_skipped(check_gradient):
    check_gradient(lambda x: np.maximum(x, 0).sum(), np.zeros(2), lambda x: (x > 0) * 1.0, undecided="skip")
"""


def test_the_fixture_fails_with_a_table(tmp_path: Path) -> None:
    (tmp_path / "test_layers.py").write_text(TESTS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-p", "backproof.pytest_plugin", "-p", "no:cacheprovider", "-rA"]
    command += ["--gradient-seed", "7"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert "1 passed, 1 skipped" in done.stdout.replace("2 failed, ", ""), done.stdout
    assert "2 failed" in done.stdout
    for words in ("constant-factor-only", "1/3 times the true one", "worst at", "the loss has a kink here"):
        assert words in done.stdout
    assert "repeat with: pytest --gradient-seed 7 'test_layers.py::test_wrong'" in done.stdout
    assert "pytest_plugin.py:" not in done.stdout  # no traceback of ours


@given(st.data())
def test_inputs_keep_away_from_kinks_and_ties(data: st.DataObject) -> None:
    x = data.draw(inputs((2, 3), low=-2.0, high=2.0, kinks=(0.0, 1.0), margin=0.05))
    assert x.shape == (2, 3)
    assert np.abs(x).max() <= 2
    assert min(np.abs(x).min(), np.abs(x - 1).min()) >= 0.05
    assert np.diff(np.sort(x.ravel())).min() > 0


def test_a_strategy_without_room_is_refused() -> None:
    with pytest.raises(UsageError, match=r"nothing is 1 away from the kinks"):
        inputs((2,), low=-0.5, high=0.5, margin=1.0)
