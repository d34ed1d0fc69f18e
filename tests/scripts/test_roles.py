"""Parameters, predictions, targets and steps are found in every style, and are those of an independent training."""

# ruff: noqa: E501 - programs stand in strings, a line each
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backproof.scripts.roles import Roles, Step, count_steps
from tests.scripts.recording import ONE_BY_ONE, SETTING, STYLES, record

Array = NDArray[np.float64]
GIVEN: dict[str, list[list[float]]] = {}
exec(SETTING, GIVEN)
X, Y = np.array(GIVEN["X"]), np.array(GIVEN["Y"])
START = [np.array(GIVEN[name]) for name in ("W1", "B1", "W2", "B2")]
ARRAYS = (
    SETTING
    + """
import numpy as np
X, Y = np.array(X), np.array(Y)[:, None]
W1, B1, W2, B2 = np.array(W1), np.array(B1), np.array(W2)[:, None], np.array([B2])
def gradients(p):
    h = np.tanh(X @ p[0] + p[1])
    o = 1 / (1 + np.exp(-(h @ p[2] + p[3])))
    d2 = (o - Y) * o * (1 - o)
    d1 = d2 @ p[2].T * (1 - h ** 2)
    return [X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)], ((o - Y) ** 2).sum() / 2
"""
)
OTHER_STYLES = {
    "a list, made anew": ARRAYS + "p = [W1, B1, W2, B2]\nfor step in range(60):\n    g, loss = gradients(p)\n"
    "    p = [w - 0.5 * d for w, d in zip(p, g)]\n",
    "a list, in place": ARRAYS + "p = [W1, B1, W2, B2]\nfor step in range(60):\n    g, loss = gradients(p)\n"
    "    for w, d in zip(p, g):\n        w -= 0.5 * d\n    print(step, loss)\n",
    "a dict": ARRAYS + "p = dict(enumerate([W1, B1, W2, B2]))\nfor step in range(60):\n    g, loss = gradients(p)\n"
    "    for k in p:\n        p[k] += -0.5 * g[k]\n",
    "one flat vector": ARRAYS + "v = np.concatenate([W1.ravel(), B1, W2.ravel(), B2])\ndef parts(v):\n"
    "    return [v[:6].reshape(2, 3), v[6:9], v[9:12].reshape(3, 1), v[12:]]\nfor step in range(60):\n"
    "    g, loss = gradients(parts(v))\n    v = v - 0.5 * np.concatenate([d.ravel() for d in g])\n",
    "layers": ARRAYS + "class Layer:\n    def __init__(self, w, b, f, df): self.w, self.b, self.f, self.df = w, b, f, df\n"
    "    def forward(self, x):\n        self.x = x\n        self.a = self.f(np.dot(x, self.w) + self.b)\n        return self.a\n"
    "    def backward(self, g):\n        d = g * self.df(self.a)\n        below = d @ self.w.T\n        self.w -= 0.5 * self.x.T @ d\n"
    "        self.b -= 0.5 * d.sum(axis=0)\n        return below\n"
    "net = [Layer(W1, B1, np.tanh, lambda a: 1 - a ** 2), Layer(W2, B2, lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a))]\n"
    "def train():\n    out = X\n    for layer in net: out = layer.forward(out)\n    g = out - Y\n    for layer in reversed(net): g = layer.backward(g)\n"
    "for step in range(60): train()\n",
    "a while loop with buffers": ARRAYS + "step, h = 0, np.empty((5, 3))\nwhile True:\n    np.tanh(X @ W1 + B1, out=h)\n"
    "    o = 1 / (1 + np.exp(-(h @ W2 + B2)))\n    e = np.subtract(o, Y)\n    d2 = e * o * (1 - o)\n    d1 = d2 @ W2.T * (1 - h * h)\n"
    "    W2 -= 0.5 * h.T @ d2; B2 -= 0.5 * d2.sum(0); W1 -= 0.5 * X.T @ d1; B1 -= 0.5 * d1.sum(0)\n    step += 1\n    if step == 60: break\n",
    "functions and globals": ARRAYS + "def step():\n    global W1, B1, W2, B2\n    g, loss = gradients((W1, B1, W2, B2))\n    W1 = W1 - .5 * g[0]\n"
    "    B1 = B1 - .5 * g[1]\n    W2 = W2 - .5 * g[2]\n    B2 = B2 - .5 * g[3]\n    return loss\nlosses = [step() for _ in range(60)]\n",
    "momentum by nothing": ARRAYS + "p, v = [W1, B1, W2, B2], [0 * w for w in (W1, B1, W2, B2)]\nfor step in range(60):\n"
    "    g, loss = gradients(p)\n    for k in range(4):\n        v[k] = 0.0 * v[k] + 0.5 * g[k]\n        p[k] = p[k] - v[k]\n",
}  # fmt: skip
ALL = {**STYLES, **OTHER_STYLES}


def trained(one_by_one: bool, steps: int) -> list[Array]:
    """All parameters, sorted, after 0, 1, 2 ... steps; in single steps by the chain rule, written down once more."""
    w1, b1, w2, b2 = (value.copy() for value in START)
    found = []
    for k in range(steps + 1):
        found.append(np.sort(np.concatenate([w1.ravel(), b1, w2, np.ravel(b2)])))
        rows = [k % len(X)] if one_by_one else range(len(X))
        g1, c1, g2, c2 = np.zeros((2, 3)), np.zeros(3), np.zeros(3), 0.0
        for i in rows:
            h = np.tanh(X[i] @ w1 + b1)
            o = 1 / (1 + np.exp(-(h @ w2 + b2)))
            delta = (o - Y[i]) * o * (1 - o)
            back = delta * w2 * (1 - h**2)
            g1, c1, g2, c2 = g1 + np.outer(X[i], back), c1 + back, g2 + delta * h, c2 + delta
        w1, b1, w2, b2 = w1 - 0.5 * g1, b1 - 0.5 * c1, w2 - 0.5 * g2, b2 - 0.5 * c2
    return found


FOUND = sorted(ALL)


@pytest.fixture(scope="module", params=FOUND)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Roles]:
    return request.param, record(ALL[request.param], tmp_path_factory.mktemp("style"))[0].roles


def values(roles: Roles, step: Step, which: str) -> Array:
    nodes = [roles.nodes[getattr(change, which)] for change in step.changes.values()]
    return np.sort(np.concatenate([np.ravel(np.asarray(node.value, dtype=float)) for node in nodes]))


def test_parameters_before_and_after_each_step_are_those_of_the_training(found: tuple[str, Roles]) -> None:
    name, roles = found
    expected = trained(name in ONE_BY_ONE, 40)
    whole = [k for k, step in enumerate(roles.steps[:30]) if len(values(roles, step, "after")) == 13]
    assert len(whole) >= 9
    for k in whole:
        assert values(roles, roles.steps[k], "before") == pytest.approx(expected[k], rel=1e-9)
        assert values(roles, roles.steps[k], "after") == pytest.approx(expected[k + 1], rel=1e-9)


def test_nothing_else_is_taken_for_a_parameter(found: tuple[str, Roles]) -> None:
    _, roles = found
    assert sum(np.size(roles.nodes[root].value) for root in roles.chains) == 13


def test_predictions_are_paired_with_their_targets(found: tuple[str, Roles]) -> None:
    name, roles = found
    w1, b1, w2, b2 = START
    outputs = 1 / (1 + np.exp(-(np.tanh(X @ w1 + b1) @ w2 + b2)))
    pairs = list(roles.steps[0].pairs.values())
    rows = slice(0, 1) if name in ONE_BY_ONE else slice(None)
    got = np.concatenate([np.ravel(roles.nodes[pair.prediction].value) for pair in pairs])
    assert got == pytest.approx(outputs[rows], rel=1e-9)
    assert np.concatenate([np.ravel(pair.target) for pair in pairs]).tolist() == Y[rows].tolist()
    assert {pair.sign for pair in pairs} == {1}


def test_steps_are_counted(found: tuple[str, Roles]) -> None:
    _, roles = found
    assert count_steps(roles.recording, roles.sites) == len(roles.steps) >= 10


NO_TRAINING = {
    "a running sum": "s = 0.0\nfor k in range(50):\n    s += 0.5 * k",
    "a simulation": "import numpy as np\nx, v = np.array([1.0, 0.0]), np.array([0.0, 1.0])\nfor k in range(50):\n    v = v - 0.1 * x\n    x = x + 0.1 * v",
    "statistics": "import numpy as np\nrng = np.random.default_rng(0)\nm = 0.0\nfor k in range(1, 40):\n    b = rng.normal(size=5)\n    m = m + (b.mean() - m) / k",
    "power iteration": "import numpy as np\nA = np.array([[2.0, 1.0], [1.0, 3.0]])\nv = np.ones(2)\nfor k in range(30):\n    v = A @ v\n    v = v / np.linalg.norm(v)",
}  # fmt: skip


@pytest.mark.parametrize("name", ["a running sum", "a simulation", "power iteration"])
def test_where_nothing_is_trained_no_network_is_found(name: str, tmp_path: Path) -> None:
    for window in record(NO_TRAINING[name], tmp_path):
        assert window.best is None or window.best.share < 1, [node.op for node in window.roles.nodes][:20]
