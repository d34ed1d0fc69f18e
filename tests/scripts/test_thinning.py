"""Some rows of large data say what all of them say, where each row is treated by itself; elsewhere none is left out."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from backproof.observations import Quantity, Run
from backproof.observers.recorded import run_of
from backproof.scripts import thinning
from backproof.scripts.windows import Window
from tests.scripts.recording import record

ROWS, SOME = 3000, 300
PROGRAM = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(3000, 4))
y = np.tanh(x[:, :1] - x[:, 1:2]) * 0.5
w1, b1 = rng.normal(size=(4, 6)) * 0.5, np.zeros((1, 6))
w2, b2 = rng.normal(size=(6, 1)) * 0.5, np.zeros((1, 1))
for step in range(6):
    h = np.tanh(x @ w1 + b1)
    MIXED
    out = h @ w2 + b2
    loss = np.mean((out - y) ** 2)
    d = 2 * (out - y) / len(x)
    dh = (d @ w2.T) * (1 - h ** 2)
    w2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(axis=0, keepdims=True)
    w1 -= 0.1 * x.T @ dh
    b1 -= 0.1 * dh.sum(axis=0, keepdims=True)
    print(loss)
"""


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "WORTH", 10 * SOME)
    monkeypatch.setattr(thinning, "ROWS", SOME)


def windows_of(mixed: str, folder: Path) -> list[Window]:
    windows = record(PROGRAM.replace("MIXED", mixed), folder)
    assert windows
    assert windows[0].roles.steps
    return windows


def test_a_window_is_cut_down_to_some_rows(tmp_path: Path) -> None:
    (window,) = windows_of("pass", tmp_path)
    thin = thinning.thinned(window)
    assert thin.whole is window
    left = thin.judge.steps[0].pairs
    heights = {len(np.atleast_1d(pair.target)) for pair in left.values()}
    assert len(heights) == 1
    assert SOME <= heights.pop() <= 2 * SOME
    for before, after in zip(window.roles.nodes, thin.roles.nodes, strict=True):
        if ROWS not in before.shape:
            assert before.value is after.value
        elif after.function is not None:
            assert np.allclose(after.evaluate({}), after.value)
    assert thin.best is not None
    assert window.best is not None
    assert thin.best.right == window.best.right
    assert thin.rows(len(next(iter(left.values())).target)) == ROWS


def measured(window: Window) -> Run:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_of([window], "finished")


def test_the_rows_that_are_left_say_what_all_say(tmp_path: Path) -> None:
    (window,) = windows_of("pass", tmp_path)
    every, some = measured(window), measured(thinning.thinned(window))
    assert some.quantities() == every.quantities() - {Quantity.DECAY}  # a decay is read off exact gradients only
    assert some.structure.batch_size == every.structure.batch_size == ROWS
    assert some.structure.samples == every.structure.samples == ROWS
    assert some.structure.learning_rate == every.structure.learning_rate == 0.1
    assert some.structure.loss_reduction == every.structure.loss_reduction
    for quantity in (Quantity.LOSS, Quantity.RELATIVE_GRADIENT, Quantity.WEIGHT_RMS, Quantity.BATCH_LOSS_CHANGE):
        for where in every.places(quantity):
            expected = [float(v) for v in every.series(quantity, where)[1]]
            assert [float(v) for v in some.series(quantity, where)[1]] == pytest.approx(expected, rel=0.3, abs=0.01)


@pytest.mark.parametrize("mixed", ["h = np.sort(h, axis=0)", "h = h + 0.1 * np.cumsum(h, axis=0) / len(h)"])
def test_where_rows_are_mixed_none_is_left_out(mixed: str, tmp_path: Path) -> None:
    (window,) = windows_of(mixed, tmp_path)
    assert thinning.thinned(window) is window


def test_where_a_number_is_lost_every_row_is_asked(tmp_path: Path) -> None:
    (window,) = windows_of("h[7, 2] = np.exp(800.0 + 0 * h[7, 2]) if step > 2 else h[7, 2]", tmp_path)
    assert thinning.thinned(window) is window
