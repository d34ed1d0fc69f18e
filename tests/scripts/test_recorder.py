"""What is recorded is what was computed: values, and the way from one to the other, replayed at another input."""

# ruff: noqa: E501 - programs stand in strings, a line each
from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backproof.graph.node import Node, replay
from backproof.graph.spared import is_kept
from backproof.scripts import shadow
from backproof.scripts.shadow import Shadow
from backproof.scripts.views import shared_positions
from tests.scripts.executed import instrumented, nodes_of, plainly

X = np.array([[0.3, -1.2, 2.5], [1.7, 0.4, -0.6]])  # all different, so that its node can be told from others
NUDGED = X * np.array([1.01, 0.97, 1.02]) + 0.013
ALIKE = "import numpy as np\nfrom numpy import exp, dot\n"
# Each computes `out` from the array `x`.
COMPUTATIONS = {
    "arithmetic": "out = (x + 1) * 2 - x / 3 + x ** 2 - (-x) + 5 % abs(x)",
    "functions": "out = np.exp(x) + exp(-x) + np.tanh(np.sin(x)) + np.maximum(x, 0) + np.where(x > 0, x, 0.1 * x)",
    "products": "out = x @ x.T + dot(x, x.T) + np.outer(x[0], x[1])[:2, :2] + np.einsum('ij,kj->ik', x, x) + np.inner(x, x)",
    "reductions": "out = x.sum() + x.mean(axis=0) + np.max(x, axis=0) + np.linalg.norm(x) + np.prod(x) + x.std() + sum(x)",
    "shapes": "out = x.reshape(3, 2) + x.T + np.ravel(x)[:, None][:2, 0] + x.flatten()[::3] + np.transpose(x) + x.swapaxes(0, 1)",
    "joining": "out = np.concatenate([x, 2 * x]) + np.vstack((x[0], x[1], x)) + np.hstack([x[:, :1], x[:, 1:]])[0] + "
    "np.array([x[0], x[1] * 2, x[0], x[1]]) + np.stack([x[0]] * 4) + np.append(x, x, axis=0)",
    "joining by subscript": "out = np.c_[x[0], x[1]] * 2 + np.r_[x[0, :1], 0.0, x[1, :1]][:, None]",
    "indices": "k = [1, 0]\nout = x[k] + x[:, ::-1] + x[..., [2, 0, 1]] + x[np.array([0, 1]), [2, 1]][:, None] + x[x > 0].sum() + x[-1]",
    "views": "v = x.T\nw = v[1:]\nx = x * 2\nout = w + v[:2] + x[:, :2].T",
    "writing": "z = np.zeros((2, 3))\nz[0] = x[1]\nz[1, :2] = x[0, 1:]\nz[1, 2] = x[0, 0] * 3\nout = z * x",
    "writing through a view": "z = x * 1.0\nv = z.T\nv[0] = 7 * z[:, 1]\nw = z.reshape(-1)\nw[2:4] *= x.ravel()[:2]\nout = z + v.T",
    "in place": "z = x.copy()\nz += x\nz *= 2\nz[0] -= x[1]\nz[:, 1] /= 3\nz **= 2\nout = z",
    "in place, seen through a view": "z = x * 1\nv = z[0]\nz *= 3\na = v + 1\nv -= 2\nout = a + z + v",
    "a view of a view": "z = x + 0\na = z[:, 1:]\nb = a.T\nc = b[0]\nc += 5 * x[1, :2]\nout = z + z.T[1:].T.sum() + a.sum()",
    "out=": "z = np.empty((2, 3))\nnp.multiply(x, x, out=z)\nnp.add(z, x, z)\nnp.exp(-z, out=z)\nnp.dot(x, x.T, out=(q := np.zeros((2, 2))))\nout = z + q.sum()",
    "out= into a view": "z = np.zeros((3, 3))\nnp.multiply(x, 2, out=z[:2])\nnp.tanh(z[:2], out=z[1:])\nout = z",
    "ufunc.at": "z = np.zeros(3)\nnp.add.at(z, [0, 2, 0], x[0])\nnp.subtract.at(z, [1], x[1, 0] * 2)\nout = z * x",
    "ufunc methods": "out = np.add.reduce(x) + np.multiply.accumulate(x, axis=0) + np.subtract.outer(x[0], x[1]).sum() + np.add.reduce(x, axis=None)",
    "vectorize": "import math\nf = np.vectorize(lambda v: math.exp(-v) * 2 if v > 0 else v * v)\nout = f(x) + f(x[0])",
    "vectorize of two": "f = np.vectorize(lambda v, w: v * w + v, otypes=[float])\nout = f(x, x) + f(x, 2.0)",
    "rows of a loop": "out = []\nfor row in x:\n    t = 0.0\n    for v in row:\n        t += v * v\n    out.append(t)\nout = np.array(out)",
    "rows of zip and enumerate": "out = 0.0\nfor k, (a, b) in enumerate(zip(x, x[::-1])):\n    out = out + a * b * (k + 1) + sum(a)",
    "rows with steps in place": "w = x[0] * 1\nfor row in x:\n    w -= 0.1 * (w @ row - 1) * row\nout = w",
    "element loops": "n, m = x.shape\nout = [[0.0] * n for _ in range(m)]\nfor i in range(n):\n    for j in range(m):\n        out[j][i] = x[i][j] * 2 + x[i, 0]\nout = np.array(out)",
    "elements written": "z = np.zeros((2, 3))\nfor i in range(2):\n    for j in range(3):\n        z[i][j] = x[i, j] ** 2\n        z[i, j] += x[1 - i][j]\nout = z",
    "generator expressions": "out = sum(v * v for v in x[0]) + sum(a * b for a, b in zip(x[0], x[1])) + max(v for v in x[1]) + sum(x[0]) + max(x[0, 0], 0.0)",
    "comprehensions": "c = [v * 2 for v in x[0]]\nd = [[v + w for v, w in zip(r, c)] for r in x]\nout = np.array(d) + {k: r for k, r in enumerate(x)}[1]",
    "map and lambda": "out = sum(map(lambda v: v * v, x[0])) + sum(list(map(lambda a, b: a * b, x[0], x[1])))",
    "generators": "def g(r):\n    t = 1.0\n    for v in r:\n        t = t * v\n        yield t\nout = sum(g(x[0])) + list(g(x[1]))[1] + next(g(x[1]))",
    "unpacking": "a, b, c = x[0]\n[d, e] = x\nf, *g = x[1] * 2\nout = a * b + c * d + e * f + g[0] * g[1]",
    "math": "import math\nout = math.exp(x[0, 0]) + math.sqrt(x[0, 2]) + math.tanh(x[1, 1] * 2) + float(x[1, 0]) + x[0, 1].item() + math.fsum([x[0, 0], x[0, 1]])",
    "python numbers": "a, b = float(x[0, 0]), x[0, 1].item()\nc = a * b\nc += a\nc = -c ** 2 / (1 + b * b)\nd = [c, a]\nd[0] -= 0.1 * d[1]\nout = d[0] + round(a, 3) * 0 + abs(b) + min(a, b)",
    "attributes": "class P: pass\np = P()\np.w = x * 2\np.w += x\np.w[0] -= 1\np.b = x[0, 0]\np.b *= 3\nout = p.w * p.b",
    "containers": "d = {'w': x * 2, 'b': [x[0], x[1]]}\nd['w'] -= 0.5 * x\nd['b'][0] = d['b'][0] * 3\nfor k in d['b']:\n    k *= 2\nout = d['w'] + d['b'][0] + d['b'][1]",
    "classes": "class L:\n    def __init__(self, w): self.__w = w\n    def forward(self, z): self.z = z @ self.__w; return np.tanh(self.z)\n    @property\n    def w(self): return self.__w\n"
    "l = L(x.T.copy())\nout = l.forward(x) + l.w.sum()",
    "overloaded operators": "class V:\n    def __init__(self, d): self.d = d\n    def __add__(self, o): return V(self.d + o.d)\n    def __mul__(self, o): return V(self.d * o.d)\n"
    "a, b = V(x[0, 0]), V(x[1, 1])\nout = (a * b + a * a).d",
    "recursion": "def f(v, n): return v if n == 0 else np.tanh(f(v, n - 1)) + v\nout = f(x, 4)",
    "exceptions on the way": "out = x * 1\nfor k in range(3):\n    try:\n        out = out + x[k] * (2 / (k - 0))\n    except (ZeroDivisionError, IndexError):\n        out = out * x",
    "matrix": "m = np.matrix(x)\nm2 = m * m.T\nm2[0] += 1\nout = np.asarray(m2) + np.multiply(m[:, :2], 2).A + m.A1.sum()",
    "float32": "y = x.astype(np.float32)\ny *= 2\nout = (y @ y.T).astype(float)",
    "padding and rolling": "out = np.pad(x, 1)[1:3, :3] + np.roll(x, 1, axis=1) + np.tile(x[0], (2, 1)) + np.repeat(x[:, :1], 3, axis=1) + np.flip(x) + np.clip(x, -1, 1)",
    "softmax": "e = np.exp(x - x.max(axis=1, keepdims=True))\np = e / e.sum(axis=1, keepdims=True)\np[range(2), [0, 2]] -= 1\nout = p",
    "star arguments": "def f(a, b, *r, k=1.0): return a * b + sum(r) * k\nout = f(*[x[0], x[1]], x, k=x[1, 0]) + np.add(*x) + np.dot(*[x, x.T]).sum()",
    "chosen by content": "out = x[np.argmax(x, axis=0), [0, 1, 2]] + np.sort(x, axis=0)[0] + x[np.argsort(x[:, 0])]",
}  # fmt: skip

# Ways that are lost: what comes out is taken for data. A row whose way is found fails its test: move it up then.
LOST = {
    "an array as star arguments": "def f(a, b, c): return a * b + c\nout = f(*x[0])",
    "nested lists of an array": "l = x.tolist()\nout = l[0][1] * 2.0 + l[1][0]",
    "elements of a flat iterator": "out = x.flat[2] * 2",
    "unpacked into a list": "l = [*x[0]]\nout = l[0] * l[1]",
}


def leaf_of(nodes: list[Node], value: NDArray[Any]) -> Node:
    used = {parent.index for node in nodes for parent in node.parents}  # `np.empty` may hold what once was `value`
    return next(
        n
        for n in nodes
        if n.op == "leaf" and n.index in used and n.shape == value.shape and np.array_equal(n.value, value)
    )


def recorded(source: str, folder: Path) -> tuple[list[Node], Node, Any]:
    """The nodes, the one that stands for `out`, and the value of `out`."""
    made, tracer = instrumented(source + "\nout = out * 1.0", folder, {"x": X.copy()})
    nodes = tracer.windows[0].nodes
    assert made.error == ""
    return nodes, nodes[-1], made.names["out"]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_each_node_holds_what_its_operation_gives_on_its_operands(name: str, tmp_path: Path) -> None:
    nodes, last, value = recorded(ALIKE + COMPUTATIONS[name], tmp_path)
    assert np.array_equal(last.value, value)
    for node in nodes:
        if node.function is not None:
            again = node.evaluate({})
            assert np.array_equal(np.asarray(again), np.asarray(node.value), equal_nan=True), node
            assert all(parent.index < node.index for parent in node.parents)


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_the_recording_replayed_at_another_input_is_the_program_run_on_it(name: str, tmp_path: Path) -> None:
    nodes, last, value = recorded(ALIKE + COMPUTATIONS[name], tmp_path)
    expected = plainly(ALIKE + COMPUTATIONS[name], tmp_path, {"x": NUDGED.copy()}).names["out"]
    got = replay(nodes, {leaf_of(nodes, X).index: NUDGED})
    assert last.index in got, "the way from x to out was lost"
    assert got[last.index] == pytest.approx(np.asarray(expected), rel=1e-6 if name == "float32" else 1e-12)
    assert not np.allclose(got[last.index], value), "nothing depends on x"


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_values_that_are_not_kept_are_computed_again_to_the_bit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ALIKE + COMPUTATIONS[name] + "\nfor k in range(4): out = out + (1 - out) * 0.5"
    kept, _, value = recorded(source, tmp_path)
    for limit in ("SPARED_BYTES", "RELEASE_EVERY", "COPY_BYTES"):
        monkeypatch.setattr(shadow, limit, 1)
    nodes, last, again = recorded(source, tmp_path)
    assert np.array_equal(value, again)
    assert np.array_equal(last.value, value)
    assert [node.op for node in nodes] == [node.op for node in kept]
    for node, before in zip(nodes, kept, strict=True):
        assert node.shape == before.shape
        assert node.size == before.size
        same = np.array_equal(np.asarray(node.value), np.asarray(before.value), equal_nan=True)
        assert same or node.function is None, node  # `np.empty` holds whatever was there
    assert np.ndim(value) == 0 or sum(not is_kept(node) for node in nodes) > 2, "nothing was spared"


def test_an_array_that_the_program_still_has_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("SPARED_BYTES", "RELEASE_EVERY", "COPY_BYTES"):
        monkeypatch.setattr(shadow, limit, 1)
    source = "held = [x * 2]\nview = (x * 3)[:, 1:]\nfor k in range(20): x * 1.5\nout = held[0][:, 1:] + view"
    nodes, last, _ = recorded(source, tmp_path)
    assert sum(not is_kept(node) for node in nodes) >= 18
    (read,) = (node for node in nodes if node.op == "add")
    assert {parent.op for parent in read.parents} == {"getitem"}
    assert last.index in replay(nodes, {leaf_of(nodes, X).index: NUDGED}), "the way through held arrays was lost"


@pytest.mark.parametrize("name", LOST)
def test_a_lost_way_gives_true_values_all_the_same(name: str, tmp_path: Path) -> None:
    nodes, last, value = recorded(ALIKE + LOST[name], tmp_path)
    assert np.array_equal(last.value, value)
    leaves = [n for n in nodes if n.op == "leaf" and np.shape(n.value) == X.shape]
    assert last.index not in replay(nodes, {n.index: NUDGED for n in leaves}), "found now: move it to COMPUTATIONS"


@pytest.mark.parametrize(
    "hidden",
    [
        "np.random.default_rng(0).shuffle(z[0])",
        "getattr(z, 'fill')(2.5)",
        "exec('z[0] = 7.5')",
        "memoryview(z)[0, 0] = 1.5",
    ],
)
def test_what_changes_behind_the_recording_is_noticed(hidden: str, tmp_path: Path) -> None:
    source = f"import numpy as np\nz = x * 2\n{hidden}\nout = z + 1"
    nodes, last, value = recorded(source, tmp_path)
    assert np.array_equal(last.value, value)
    for node in nodes:
        if node.function is not None:
            assert np.array_equal(node.evaluate({}), node.value)


def test_values_are_kept_as_they_were_when_large_arrays_are_overwritten(tmp_path: Path) -> None:
    source = "import numpy as np\nw = np.ones(20_000)\na = w * 2\nw += 1\nb = w * 2\nw[:] = 0\na -= 5\nout = b.sum()"
    nodes, _, _ = recorded(source, tmp_path)
    large = [n for n in nodes if np.size(n.value) == 20_000]
    assert {float(np.asarray(n.value)[0]) for n in large} >= {1.0, 2.0, 4.0, 0.0, -3.0}
    for node in large:
        if node.function is not None:
            assert np.array_equal(node.evaluate({}), node.value), node


def test_each_node_knows_its_place(tmp_path: Path) -> None:
    source = "import numpy as np\ndef f(v):\n    return np.tanh(v)\n\nout = f(x\n        * 2) + 1"
    nodes, _, _ = recorded(source, tmp_path)
    by_op = {node.op: node for node in nodes}
    assert [(by_op[op].span.line, by_op[op].span.end_line) for op in ("tanh", "add")] == [(3, 3), (5, 6)]  # type: ignore[union-attr]
    assert [frame.line for frame in by_op["tanh"].frames] == [5]
    assert (by_op["tanh"].span.column, by_op["tanh"].span.end_column) == (11, 21)  # type: ignore[union-attr]


def test_only_the_thread_of_the_program_is_recorded(tmp_path: Path) -> None:
    source = (
        "import threading\ndef work():\n    for k in range(300): y = x * 123.0\n"
        "t = threading.Thread(target=work)\nt.start(); t.join()\nout = x + 1"
    )
    nodes, _, _ = recorded(source, tmp_path)
    assert [n.op for n in nodes if n.op == "mul"] == ["mul"]  # the one that `recorded` adds


def test_what_is_printed_is_known(tmp_path: Path) -> None:
    source = "import numpy as np\na = x.sum()\nb = x.mean()\nc = x.std()\nd = x.max()\nl = []\nprint(f'{a:.1f}', '%s' % b)\nl.append(c)\nout = d"
    nodes, _, _ = recorded(source, tmp_path)
    assert {node.op for node in nodes if node.shown} == {"sum", "mean", "std"}


def test_a_window_holds_no_more_than_its_share(tmp_path: Path) -> None:
    source = "w = 0.5\nfor k in range(5000):\n    w = w * 0.99 + 0.01"
    made, tracer = instrumented(source, tmp_path, steps=12)
    assert made.error == ""
    assert 2 <= len(tracer.windows) <= 14
    assert all(len(window.nodes) < 1500 for window in tracer.windows)
    assert nodes_of(made).shadow.scalars == {}


# -- positions of views


@pytest.mark.parametrize(
    "view",
    [
        lambda b: b[1:, ::2],
        lambda b: b.T,
        lambda b: b[::-1, ::-1],
        lambda b: b.reshape(-1)[3:9],
        lambda b: b[2],
        lambda b: b[1, 1:2],
        lambda b: np.broadcast_to(b[0], (5, 4)),
    ],
)
def test_where_a_view_lies_in_its_array(view: Any) -> None:
    base = np.arange(12.0).reshape(3, 4)
    positions = shared_positions(base, view(base))
    assert positions is not None
    assert np.array_equal(base.ravel()[positions], view(base))


def test_a_view_that_reaches_beyond_its_array_is_not_derived_from_it() -> None:
    base = np.arange(12.0)
    assert shared_positions(base[2:6], base[4:9]) is None
    assert shared_positions(base, base.view(np.int64)) is None
    assert shared_positions(base.copy(), base) is None


def test_the_shadow_follows_writes_through_any_of_several_views() -> None:
    made: list[Node] = []

    def new_node(op: str, function: Any, args: Any, kwargs: Any, value: Any) -> Node:
        made.append(Node(len(made), op, function, args, kwargs, value))
        return made[-1]

    shadow, base = Shadow(new_node), np.arange(6.0)
    left, right = base[:4], base[2:]
    before = shadow.array(base)
    assert [np.array_equal(shadow.array(v).value, v) for v in (left, right)] == [True, True]
    right[:] = [9.0, 8.0, 7.0, 6.0]
    shadow.written(right, new_node("setitem", None, (), {}, right.copy()))
    assert shadow.array(left).value.tolist() == [0, 1, 9, 8]
    assert shadow.array(base).value.tolist() == [0, 1, 9, 8, 7, 6]
    assert before.value.tolist() == [0, 1, 2, 3, 4, 5]
    base[0] = 5.0  # nobody says so
    assert shadow.array(base).op == "external"
