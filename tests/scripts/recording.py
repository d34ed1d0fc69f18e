"""Programs as strings, run under the tracer in this process: what the tests of networks and measurements start from."""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
import textwrap
import types
import warnings
from pathlib import Path

from backproof.observers.numpy import NumpyRecorder, windows_of
from backproof.scripts.imports import OwnFiles
from backproof.scripts.windows import Window


def record(source: str, folder: Path) -> list[Window]:
    """The recorded windows of a program, each with the loss that its steps follow best."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    watched = NumpyRecorder()
    watched.tracer.own_files = OwnFiles([folder])
    code = watched.code_for(path.read_bytes(), str(path))
    main, before = types.ModuleType("__main__"), dict(vars(builtins))
    main.__file__, kept = str(path), sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        watched.attach(str(path))
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, vars(main))
    finally:
        watched.detach()
        sys.modules["__main__"] = kept
        for name in vars(builtins).keys() - before.keys():
            delattr(builtins, name)
    windows = windows_of(watched.tracer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for window in windows:
            _choose(window, windows[0])
    return windows


def _choose(window: Window, first: Window) -> None:
    fits = window.judge.fits()
    key = first.best.loss.key if first.best is not None else None
    window.best = next((fit for fit in fits if fit.loss.key == key), fits[0] if fits else None)


# One network, 2-3-1, tanh and sigmoid, the same weights, data and steps in every style; half squared error, rate 0.5.
SETTING = """
W1 = [[0.5, -0.3, 0.8], [0.2, 0.9, -0.4]]
B1 = [0.1, -0.2, 0.05]
W2 = [0.7, -0.6, 0.3]
B2 = 0.1
X = [[0.0, 0.5], [1.0, -1.0], [-0.5, 2.0], [1.5, 0.0], [-2.0, -1.0]]
Y = [0.0, 1.0, 0.0, 1.0, 1.0]
"""
ROWS = (
    SETTING
    + """
import numpy as np
X, Y = np.array(X), np.array(Y)[:, None]
W1, B1, W2, B2 = np.array(W1), np.array(B1), np.array(W2)[:, None], np.array([B2])
for step in range(300):
    z1 = X @ W1 + B1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + B2
    a2 = 1 / (1 + np.exp(-z2))
    d2 = (a2 - Y) * a2 * (1 - a2)
    d1 = d2 @ W2.T * (1 - a1 ** 2)
    W2 = W2 - 0.5 * a1.T @ d2
    B2 = B2 - 0.5 * d2.sum(0)
    W1 = W1 - 0.5 * X.T @ d1
    B1 = B1 - 0.5 * d1.sum(0)
"""
)
COLUMNS = (
    SETTING
    + """
import numpy as np
X, Y = np.array(X).T, np.array(Y)[None]
W1, B1, W2, B2 = np.array(W1).T, np.array(B1)[:, None], np.array(W2)[None], np.array([[B2]])
for step in range(300):
    A1 = np.tanh(np.dot(W1, X) + B1)
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + B2)))
    d2 = (A2 - Y) * A2 * (1 - A2)
    d1 = np.dot(W2.T, d2) * (1 - np.power(A1, 2))
    W2 -= 0.5 * np.dot(d2, A1.T)
    B2 -= 0.5 * np.sum(d2, axis=1, keepdims=True)
    W1 -= 0.5 * np.dot(d1, X.T)
    B1 -= 0.5 * np.sum(d1, axis=1, keepdims=True)
"""
)
VECTORS = (
    SETTING
    + """
import numpy as np
X = np.array(X)
W1, B1, W2, B2 = np.array(W1), np.array(B1), np.array(W2), np.array(B2)
for step in range(60):
    for x, y in zip(X, Y):
        h = np.tanh(x @ W1 + B1)
        o = 1 / (1 + np.exp(-(h @ W2 + B2)))
        d2 = (o - y) * o * (1 - o)
        d1 = d2 * W2 * (1 - h * h)
        W2 = W2 - 0.5 * d2 * h
        B2 = B2 - 0.5 * d2
        W1 = W1 - 0.5 * np.outer(x, d1)
        B1 = B1 - 0.5 * d1
"""
)
NUMBERS = (
    SETTING
    + """
import math
for step in range(60):
    for x, y in zip(X, Y):
        h = []
        for j in range(3):
            s = B1[j]
            for i in range(2):
                s += W1[i][j] * x[i]
            h.append(math.tanh(s))
        s = B2
        for j in range(3):
            s += W2[j] * h[j]
        o = 1.0 / (1.0 + math.exp(-s))
        d2 = (o - y) * o * (1 - o)
        d1 = [d2 * W2[j] * (1 - h[j] ** 2) for j in range(3)]
        for j in range(3):
            W2[j] -= 0.5 * d2 * h[j]
            B1[j] -= 0.5 * d1[j]
            for i in range(2):
                W1[i][j] -= 0.5 * d1[j] * x[i]
        B2 -= 0.5 * d2
"""
)
SUMMED = (
    SETTING
    + """
import numpy as np
X = np.array(X)
W1, B1, W2, B2 = np.array(W1), np.array(B1), np.array(W2), np.array(B2)
for step in range(60):
    g1, g2, c1, c2 = 0.0, 0.0, 0.0, 0.0
    for k in range(5):
        h = np.tanh(np.dot(X[k], W1) + B1)
        o = 1 / (1 + np.exp(-(np.dot(h, W2) + B2)))
        d2 = (o - Y[k]) * o * (1 - o)
        d1 = d2 * W2 * (1 - h * h)
        g2 = g2 + d2 * h
        c2 = c2 + d2
        g1 = g1 + np.outer(X[k], d1)
        c1 = c1 + d1
    W2 = W2 - 0.5 * g2
    B2 = B2 - 0.5 * c2
    W1 = W1 - 0.5 * g1
    B1 = B1 - 0.5 * c1
"""
)
STYLES = {"rows": ROWS, "columns": COLUMNS, "vectors": VECTORS, "numbers": NUMBERS, "summed": SUMMED}
ONE_BY_ONE = {"vectors", "numbers"}
