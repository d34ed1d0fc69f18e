"""Updates behind a right gradient: known optimisers are right, wrong formulas are named, the rest is left undecided."""

# ruff: noqa: E501 - programs stand in strings, a line each
from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from backproof.findings import Finding, Severity, Verdict
from backproof.scripts.accounting import account
from backproof.scripts.judgement import judge
from tests.scripts.recording import record

HEAD = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(24, 3)); Y = np.sin(X[:, :1]) + 0.5 * X[:, 1:2] * X[:, 2:]
P = {"W1": rng.normal(size=(3, 5)) * .6, "b1": rng.normal(size=(1, 5)) * .1, "W2": rng.normal(size=(5, 1)) * .5, "b2": np.zeros((1, 1))}
def gradients(P, X, Y):
    h = np.tanh(X @ P["W1"] + P["b1"])
    d2 = 2 * (h @ P["W2"] + P["b2"] - Y) / len(X)
    d1 = d2 @ P["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ d1, "b1": d1.sum(0, keepdims=True), "W2": h.T @ d2, "b2": d2.sum(0, keepdims=True)}
m, v, u = ({k: np.zeros_like(P[k]) for k in P} for _ in range(3))
old = {k: P[k].copy() for k in P}
noise = np.random.default_rng(0)
for step in range(16):
    G = gradients(P, X, Y)
    norm = np.sqrt(sum(np.sum(G[k] ** 2) for k in G))
    for k in P:
        g = G[k]
        BODY
"""
M, V = "m[k] = .9 * m[k] + .1 * g; ", "v[k] = .999 * v[k] + .001 * g ** 2; "
CORRECTED = "mh = m[k] / (1 - .9 ** (step + 1)); vh = v[k] / (1 - .999 ** (step + 1)); "
ADAM = M + V + CORRECTED + "P[k] = P[k] - .01 * mh / (np.sqrt(vh) + 1e-8)"

RIGHT = {
    "momentum, in place": "m[k] *= .9; m[k] += g; P[k] -= .05 * m[k]",
    "heavy ball": "new = P[k] - .05 * g + .8 * (P[k] - old[k]); old[k] = P[k]; P[k] = new",
    "nesterov": "v[k] = .9 * v[k] + g; P[k] = P[k] - .05 * (g + .9 * v[k])",
    "adagrad": "v[k] += g * g; P[k] += -.1 * g / (np.sqrt(v[k]) + 1e-7)",
    "rmsprop, centred": "v[k] = .9 * v[k] + .1 * g ** 2; m[k] = .9 * m[k] + .1 * g; P[k] -= .01 * g / np.sqrt(v[k] - m[k] ** 2 + 1e-4)",
    "adadelta": "v[k] = .95 * v[k] + .05 * g ** 2; d = -np.sqrt(u[k] + 1e-6) / np.sqrt(v[k] + 1e-6) * g; u[k] = .95 * u[k] + .05 * d ** 2; P[k] = P[k] + d",
    "adam": ADAM,
    "adam, not corrected": M + V + "P[k] -= .001 * m[k] / (np.sqrt(v[k]) + 1e-8)",
    "adam, correction in the rate": "m[k] += .1 * (g - m[k]); v[k] += .001 * (g ** 2 - v[k]); P[k] -= .01 * np.sqrt(1 - .999 ** (step + 1)) / (1 - .9 ** (step + 1)) * m[k] / (np.sqrt(v[k]) + 1e-8)",
    "adam, clipped by the norm": "g = g * min(1., .2 / norm); " + ADAM,
    "adamw": ADAM.replace("+ 1e-8)", "+ 1e-8) - .0002 * P[k]"),
    "amsgrad": M + V + "u[k] = np.maximum(u[k], v[k]); P[k] -= .001 * m[k] / (np.sqrt(u[k]) + 1e-8)",
    "adamax": M + "u[k] = np.maximum(.999 * u[k], np.abs(g)); P[k] -= .01 / (1 - .9 ** (step + 1)) * m[k] / (u[k] + 1e-8)",
    "nadam": ADAM.replace(".01 * mh", ".01 * (.9 * mh + .1 * g / (1 - .9 ** (step + 1)))"),
    "adabelief": ADAM.replace("g ** 2", "(g - m[k]) ** 2"),
    "lion": "d = np.sign(.9 * m[k] + .1 * g); m[k] = .99 * m[k] + .01 * g; P[k] = P[k] - .003 * (d + .01 * P[k])",
    "clipped by value, momentum": "v[k] = .9 * v[k] + np.clip(g, -.05, .05); P[k] -= .1 * v[k]",
    "clipped, each by its norm": "n = np.linalg.norm(g); g = g * .1 / n if n > .1 else g; P[k] = P[k] - .5 * g",
    "rate of trust": "P[k] = P[k] - .05 * (np.linalg.norm(P[k]) + .1) / (np.linalg.norm(g) + 1e-12) * g",
    "L1 and L2, momentum": "g = g + 1e-3 * np.sign(P[k]) + 1e-3 * P[k]; v[k] = .9 * v[k] + g; P[k] -= .05 * v[k]",
}  # fmt: skip

WRONG = {
    "second moment of the mean": (ADAM.replace("g ** 2", "m[k] ** 2"), "optimizer-formula-wrong"),
    "first moment of the square": (ADAM.replace(".1 * g;", ".1 * g ** 2;"), "optimizer-formula-wrong"),
    "second moment not squared": (ADAM.replace("g ** 2", "np.abs(g)"), "optimizer-formula-wrong"),
    "corrected with the other rate": (ADAM.replace("m[k] / (1 - .9 **", "m[k] / (1 - .999 **"), "optimizer-formula-wrong"),
    "correction with a plus": (ADAM.replace("m[k] / (1 - .9", "m[k] / (1 + .9"), "optimizer-formula-wrong"),
    "multiplied by the correction": (ADAM.replace("v[k] / (1", "v[k] * (1"), "optimizer-formula-wrong"),
    "no root": (ADAM.replace("np.sqrt(vh)", "vh"), "optimizer-formula-wrong"),
    "multiplied by the root": (ADAM.replace("mh / (", "mh * ("), "optimizer-formula-wrong"),
    "decay of the square": ("P[k] = P[k] - .1 * (g + .2 * P[k] ** 2)", "weight-decay-gradient-wrong"),
    "decay that grows": (ADAM.replace("+ 1e-8)", "+ 1e-8) + .001 * P[k]"), "weight-decay-gradient-wrong"),
    "decay that grows, momentum": ("v[k] = .9 * v[k] + g - .02 * P[k]; P[k] = P[k] - .05 * v[k]", "weight-decay-gradient-wrong"),
}  # fmt: skip

UNKNOWN = {
    "a cube of the weights": "v[k] = .9 * v[k] + g + .01 * P[k] ** 3; P[k] -= .05 * v[k]",
    "a constant": "v[k] = .9 * v[k] + g + .01; P[k] -= .05 * v[k]",
    "means taken off": "g = g - g.mean(0, keepdims=True) if k == 'W1' else g; P[k] = P[k] - .1 * g",
    "counted from two": ADAM.replace("1 - .9 ** (step + 1)", "1 - .9 ** (step + 2)"),
}


def verdicts(body: str, folder: Path) -> tuple[set[Verdict], list[Finding]]:
    """What is said of the steps of a program, and its errors and warnings."""
    windows = record(textwrap.dedent(HEAD).replace("BODY", body), folder)
    sites = windows[0].roles.sites
    judgement = judge(windows[0], sites)
    found = [*judgement.findings, *account(windows[0], judgement, sites)]
    serious = [f for f in found if f.severity in (Severity.ERROR, Severity.WARNING)]
    return {row.verdict for row in judgement.rows}, serious


@pytest.mark.parametrize("name", RIGHT)
def test_a_known_optimiser_is_right(name: str, tmp_path: Path) -> None:
    assert verdicts(RIGHT[name], tmp_path) == ({Verdict.RIGHT}, [])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_formula_is_named(name: str, tmp_path: Path) -> None:
    body, rule = WRONG[name]
    found, findings = verdicts(body, tmp_path)
    assert Verdict.WRONG in found
    assert {f.rule for f in findings} == {rule}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_neither_right_nor_wrong(name: str, tmp_path: Path) -> None:
    found, findings = verdicts(UNKNOWN[name], tmp_path)
    assert Verdict.UNDECIDED in found
    assert Verdict.WRONG not in found
    assert not findings
