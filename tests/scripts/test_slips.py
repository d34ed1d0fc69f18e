"""Slips beside or around right steps: factors of the rate, a printed loss, rounding; and programs without them."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from backproof.findings import Finding, Severity, Verdict
from backproof.scripts.judgement import Judgement, judge
from tests.scripts.recording import record

LINE = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(90, 2))
y = X @ [1.0, 2.0] + 0.3
w, b, rate = np.zeros(2), 0.0, 0.002
for step in range(60):
    p = X @ w + b
    loss = {loss}
    w -= {w}
    b -= {b}
    print(loss)
"""
SQUARED, HALF = "np.mean((p - y) ** 2)", "0.5 * np.mean((p - y) ** 2)"
# Loss, step of w, step of b; what is said of the rate, and how many times it each step is.
FACTORS = {
    "the rate as it is": (SQUARED, "rate * 2 * X.T @ (p - y) / 90", "rate * 2 * np.mean(p - y)", None, 0.0),
    "half the square": (HALF, "rate * X.T @ (p - y) / 90", "rate * np.mean(p - y)", None, 0.0),
    "the 2 left out": (SQUARED, "rate * X.T @ (p - y) / 90", "rate * np.mean(p - y)", "constant-factor-only", 0.5),
    "a 2 too many": (HALF, "rate * 2 * X.T @ (p - y) / 90", "rate * 2 * np.mean(p - y)", "constant-factor-only", 2.0),
    "a sum": (HALF, "rate * X.T @ (p - y)", "rate * np.sum(p - y)", "batch-gradient-not-averaged", 90.0),
    "a sum without the 2": (SQUARED, "rate * X.T @ (p - y)", "rate * np.sum(p - y)", "batch-gradient-not-averaged", 45),
    "a sum of both": ("np.sum((p - y) ** 2)", "rate * 2 * X.T @ (p - y)", "rate * 2 * np.sum(p - y)", None, 0.0),
    "no such factor": (SQUARED, "rate * 0.7 * X.T @ (p - y) / 90", "rate * 0.7 * np.mean(p - y)", None, 0.0),
}  # fmt: skip

CLASSES = """
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(50, 2))
y = (X.sum(axis=1) > 0).astype(float)
w, b = np.zeros(2), 0.0
for step in range(60):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    print({loss})
    w -= 0.3 * X.T @ (p - y) / len(y)
    b -= 0.3 * np.mean(p - y)
"""
EXCHANGED = {
    "-np.mean(y * np.log(1 - p) + (1 - y) * np.log(p))": True,
    "-np.sum(np.where(y == 1, np.log(1 - p), np.log(p)))": True,
    "-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))": False,
    "np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))": False,  # the log-likelihood rises, and is to rise
    "np.mean((p - y) ** 2)": False,
}

SYMMETRIC = """
import numpy as np
x, rng = np.linspace(-1, 1, 21)[:, None], np.random.default_rng(1)
y = np.tanh(3 * x)
W1, b1, W2, b2 = rng.normal(size=(1, 6)), np.zeros((1, 6)), rng.normal(size=(6, 1)), np.zeros((1, 1))
for step in range(40):
    h = np.tanh(x @ W1 + b1)
    d = h @ W2 + b2 - y
    dh = d @ W2.T * (1 - h * h)
    W1, b1 = W1 - 0.01 * x.T @ dh, b1 - 0.01 * {b1}
    W2, b2 = W2 - 0.01 * h.T @ d, b2 - 0.01 * {b2}
"""
REVERSED = {"b1": "np.ones((1, 21)) @ dh[::-1]", "b2": "sum(d[::-1]).reshape(1, 1)"}  # another order of summands

MOMENTUM = """
w = [0.3, -0.2, 0.5]
c = [0.0, 0.0, 0.0]
data = [(0.0, 1.0, 1.0), (1.0, 0.0, -1.0), (1.0, 1.0, 0.5), (0.5, 2.0, 0.0)]
for epoch in range(10):
    for x0, x1, t in data:
        inputs = [x0, x1, 1.0]
        p = 0.0
        for k in range(3):
            p = p + w[k] * inputs[k]
        for k in range(3):
            change = {change}
            w[k] = w[k] + 0.1 * change + 0.05 * c[k]
            c[k] = change
"""


def judged(program: str, folder: Path) -> Judgement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        window = record(program, folder)[0]
        return judge(window, window.roles.sites)


def of_rule(judgement: Judgement, *rules: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule in rules]


@pytest.mark.parametrize("case", FACTORS)
def test_a_whole_factor_of_the_rate_is_a_note_with_its_number(case: str, tmp_path: Path) -> None:
    loss, w, b, rule, factor = FACTORS[case]
    judgement = judged(LINE.format(loss=loss, w=w, b=b), tmp_path)
    assert {row.verdict for row in judgement.rows} == {Verdict.RIGHT}
    notes = of_rule(judgement, "constant-factor-only", "batch-gradient-not-averaged")
    assert [note.rule for note in notes] == ([rule] if rule else [])
    for note in notes:
        assert note.severity is Severity.NOTE
        assert f"{factor:g} times the rate of 0.002" in note.message
        assert note.evidence[0].values == pytest.approx([factor] * len(note.evidence[0].values))


@pytest.mark.parametrize("loss", EXCHANGED)
def test_exchanged_logarithms_are_told_and_nothing_else_is(loss: str, tmp_path: Path) -> None:
    judgement = judged(CLASSES.format(loss=loss), tmp_path)
    assert len(of_rule(judgement, "loss-computed-wrongly")) == EXCHANGED[loss]
    assert {row.verdict for row in judgement.rows} == {Verdict.RIGHT}


@pytest.mark.parametrize(
    "sums", [REVERSED, {"b1": "dh.sum(0)", "b2": "d.sum(0)"}, {"b1": "dh.mean(0)", "b2": "d.mean(0)"}]
)
def test_gradients_that_cancel_to_rounding_are_not_called_wrong(sums: dict[str, str], tmp_path: Path) -> None:
    judgement = judged(SYMMETRIC.format(**sums), tmp_path)
    assert judgement.findings == []
    assert {row.verdict for row in judgement.rows} <= {Verdict.RIGHT, Verdict.UNDECIDED}


def test_a_wrong_bias_that_does_not_cancel_is_called_wrong(tmp_path: Path) -> None:
    program = SYMMETRIC.replace("np.tanh(3 * x)", "np.tanh(3 * x) + 0.4").format(b1="dh.mean(0)", b2="d.mean(0)")
    assert Verdict.WRONG in {row.verdict for row in judged(program, tmp_path).rows}


@pytest.mark.parametrize(("change", "verdict"), [
    ("(t - p) * inputs[k]", Verdict.RIGHT), ("(t - p) * inputs[0]", Verdict.WRONG),
])  # fmt: skip
def test_single_numbers_with_the_previous_change(change: str, verdict: Verdict, tmp_path: Path) -> None:
    assert {row.verdict for row in judged(MOMENTUM.format(change=change), tmp_path).rows} == {verdict}
