"""Operations that move elements, by one rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.graph.autodiff import DIFFERENCED, adjoints, gradients, vjp
from backproof.graph.node import Node, Ref

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # np.matrix

RNG = np.random.default_rng(8)
X = RNG.normal(size=(3, 4))
V = X[0]
M = X.view(np.matrix)
DEEP = RNG.normal(size=(2, 3, 4))


def method(name):
    return lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)


def getitem(x, key):
    return x[key]


def setitem(x, key, new):
    changed = np.array(x, copy=True, subok=True)
    changed[key] = new
    return changed


MOVES = {
    "reshape": [(np.reshape, X, (4, 3)), (method("reshape"), X, 2, -1), (np.reshape, X, (2, 6), "F")],
    "ravel": [(np.ravel, X), (method("ravel"), X, "F"), (np.ravel, M), (np.ravel, 0.5)],
    "flatten": [(method("flatten"), X), (method("flatten"), X, "F")],
    "transpose": [
        (np.transpose, X),
        (np.transpose, DEEP, (2, 0, 1)),
        (method("transpose"), DEEP, 1, 2, 0),
        (np.transpose, M),
        (np.transpose, V),
        (np.transpose, DEEP, [-1, 0, 1]),
    ],
    "T": [(lambda x: x.T, X), (lambda x: x.T, DEEP), (lambda x: x.T, M)],
    "swapaxes": [(np.swapaxes, DEEP, 0, 2)],
    "moveaxis": [(np.moveaxis, DEEP, 0, 2)],
    "squeeze": [(np.squeeze, X[None, :, None]), (np.squeeze, X[:1, :1])],
    "expand_dims": [(np.expand_dims, X, 1)],
    "concatenate": [(np.concatenate, [X, X[:1]]), (np.concatenate, [X, X[:, :1]], 1), (np.concatenate, [X, X], None)],
    "stack": [(np.stack, [X, 2 * X], 1), (np.stack, (V, V))],
    "vstack": [(np.vstack, [X, V])],
    "hstack": [(np.hstack, [V, [0.5, 0.6]])],
    "dstack": [(np.dstack, [X, X])],
    "column_stack": [(np.column_stack, [V, V])],
    "block": [(np.block, [[X, X], [X, X]])],
    "append": [(np.append, V, 1.0), (np.append, X, X, 0)],
    "insert": [(np.insert, V, 1, 0.5), (np.insert, X, 0, 1.0, 1)],
    "tile": [(np.tile, V, (2, 3))],
    "repeat": [(np.repeat, X, 2), (np.repeat, X, [1, 2, 0], 0)],
    "roll": [(np.roll, X, 1), (np.roll, X, 1, 1)],
    "flip": [(np.flip, X, 0)],
    "fliplr": [(np.fliplr, X)],
    "rot90": [(np.rot90, X)],
    "broadcast_to": [(np.broadcast_to, V, (3, 4)), (np.broadcast_to, 0.5, (2,))],
    "pad": [(np.pad, X, 1), (np.pad, X, ((1, 0), (0, 2)), "constant"), (np.pad, V, 1, "edge")],
    "take": [(np.take, X, [0, 2, 2]), (np.take, X, [0, 0], 1)],
    "take_along_axis": [(np.take_along_axis, X, np.argsort(X, 1), 1)],
    "compress": [(np.compress, [True, False, True], X, 0)],
    "diag": [(np.diag, V), (np.diag, X), (np.diag, V, 1)],
    "diagonal": [(np.diagonal, X), (np.diagonal, DEEP, 0, 1, 2)],
    "tril": [(np.tril, X)],
    "triu": [(np.triu, X, 1)],
    "delete": [(np.delete, X, 1, 0)],
    "split": [(np.split, X, 2, 1)],
    "array_split": [(np.array_split, V, 3)],
    "choose": [(np.choose, np.array([0, 1, 1, 0]), [V, 2 * V])],
    "select": [(np.select, [V > 0, V < -1], [V, 2 * V], 0.5)],
    "sliding_window_view": [(np.lib.stride_tricks.sliding_window_view, X, (2, 2))],
    "meshgrid": [(np.meshgrid, V, V[:2])],
    "copy": [(np.copy, X), (method("copy"), M), (np.copy, 0.5)],
    "array": [
        (np.array, [0.5, 1.0, 0.25]),
        (np.array, [[0.5, 1], [V[0], 2]]),
        (np.array, [V, V]),
        (np.array, X),
        (np.array, 0.5),
    ],
    "asarray": [(np.asarray, [0.5, 1.0]), (np.asarray, M)],
    "asmatrix": [(np.asmatrix, X), (np.asmatrix, V)],
    "matrix": [(np.matrix, [[0.5, 0.6]])],
    "astype": [(method("astype"), X, float)],
    "item": [(method("item"), X[:1, :1]), (method("item"), X, 1, 2)],
    "float": [(float, np.float64(0.5)), (lambda x: float(np.ravel(x)[0]), X[:1, :1])],
    "tolist": [(method("tolist"), X)],
    "full": [(lambda value: np.full((2, 3), value), 0.5)],
    "full_like": [(np.full_like, X, 0.5)],
    "gather": [(lambda x: x[::2].T[1:], X)],
    "getitem": [
        (getitem, X, 1),
        (getitem, X, (1, 2)),
        (getitem, X, (slice(None), 1)),
        (getitem, X, (slice(None), None, 2)),
        (getitem, X, Ellipsis),
        (getitem, X, X > 0),
        (getitem, X, [0, 0, 2]),
        (getitem, X, ([0, 1, 1], [2, 2, 2])),
        (getitem, X, np.array([[0, 1], [1, 1]])),
        (getitem, M, 1),
        (getitem, M, (slice(None), 1)),
        (getitem, M, ([0, 0], [1, 1])),
        (getitem, M, (0, 1)),
        (getitem, V, np.int64(2)),
        (getitem, X, (slice(None), np.array([True, False, True, True]))),
        (getitem, [0.5, 0.6], 1),
        (getitem, [X, V], 1),
        (getitem, X, np.bool_(True)),
        (getitem, (V, np.arange(3), 0.5), slice(1, 3)),
        (getitem, X, (np.array([True, False, True]), [0, 0])),
    ],
    "setitem": [
        (setitem, X, 1, V),
        (setitem, X, 1, 0.5),
        (setitem, X, (slice(None), 1), 2),
        (setitem, X, (1, 2), 0.5),
        (setitem, X, X > 0, 0.5),
        (setitem, X, Ellipsis, X),
        (setitem, M, 1, V),
        (setitem, M, (slice(None), 1), M[:, 0]),
        (setitem, X, [0, 2], V),
        (setitem, X, 1, X[:1]),
        (setitem, V, [0, 0, 1], np.array([0.1, 0.2, 0.3])),
        (setitem, X, slice(0, 2), [0.1, 0.2, 0.3, 0.4]),
    ],
    "scatter": [(lambda x, new: np.vstack([x[:1], new]), X, X[:2])],
    "put_along_axis": [
        (lambda x, at, new: (np.put_along_axis(y := x.copy(), at, new, 1), y)[1], X, np.array([[0], [1], [1]]), 0.5)
    ],
}


@pytest.mark.parametrize(
    ("name", "case"),
    [(name, case) for name, cases in MOVES.items() for case in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_moves(check, name, case):
    check(name, *case)


def test_constants_are_not_taken_for_elements(check, fixed):
    check("hstack", np.hstack, [fixed(np.ones((3, 1))), X])
    check("concatenate", np.concatenate, [fixed(np.arange(1.0, 5.0)), V])
    check("append", np.append, V, fixed(2.0))
    check("insert", np.insert, X, 0, fixed(1.0), 1)
    check("pad", np.pad, V, 1, constant_values=fixed(3.0))
    check("select", np.select, [V > 0], [V], fixed(1.0))


def test_at(check):
    def at(ufunc):
        def apply(x, key, new):
            changed = x.copy()
            ufunc.at(changed, key, new)
            return changed

        return apply

    check("add.at", at(np.add), V, np.array([0, 0, 2]), np.array([0.1, 0.2, 0.3]))
    check("subtract.at", at(np.subtract), X, ([0, 0], [1, 1]), 0.5)
    check("multiply.at", at(np.multiply), V, np.array([0, 0, 2]), np.array([0.1, 0.2, 0.3]), by_differences=True)


def test_what_does_more_than_its_name_says_is_differenced(check):
    check("gather", lambda x: 2 * x[1:], V, by_differences=True)
    check("pad", np.pad, V, 2, "mean", by_differences=True)
    check("pad", np.pad, V[::-1], 2, "maximum", by_differences=True)
    check("insert", lambda x: np.sort(x), V, by_differences=True)


def test_single_precision_moves_exactly(record):
    base = np.zeros(3, dtype=np.float32)
    node = record("concatenate", np.concatenate, [base, np.ones(2, np.float32)])
    DIFFERENCED.clear()
    assert [list(value) for _, value in vjp(node, np.arange(5.0))] == [[0, 1, 2], [3, 4]]
    half = record("astype", method("astype"), np.ones(5000), np.float16)
    np.testing.assert_array_equal(vjp(half, np.arange(5000.0))[0][1], np.arange(5000.0))
    assert not DIFFERENCED


def test_several_results_pass_through_their_elements(record):
    x = record.leaf(X)
    pieces = record("split", np.array_split, x, 3, 1)
    first, last = record("getitem", getitem, pieces, 0), record("getitem", getitem, pieces, 2)
    DIFFERENCED.clear()
    (arrived,) = gradients({first: 1.0, last: 5.0}, [x])
    assert not DIFFERENCED
    np.testing.assert_array_equal(arrived, [[1, 1, 0, 5]] * 3)


def test_elements_read_in_a_loop_add_up_in_place(record):
    x, m = record.leaf(X), record.leaf(M)
    nodes = [
        record("getitem", getitem, source, key) for source in (x, m) for key in [(0, 1), (0, 1), 2, ([0, 0], [1, 1])]
    ]
    seed = np.ones((3, 4))
    arrived = adjoints({**dict.fromkeys(nodes, 1.0), x: seed})
    expected = np.zeros((3, 4))
    expected[0, 1], expected[2] = 4, 1
    np.testing.assert_array_equal(arrived[x.index], expected + 1)
    np.testing.assert_array_equal(arrived[m.index], expected)
    np.testing.assert_array_equal(seed, 1)


@given(st.permutations(range(3)), st.lists(st.integers(-1, 1), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_any_composition_of_moves_is_undone(axes, steps, seed):
    key = tuple(slice(None, None, step or None) for step in steps)

    def move(x):
        return np.transpose(x, axes)[key].reshape(-1)[::2]

    leaf = Node(0, "leaf", value=DEEP)
    node = Node(1, "gather", move, (Ref(leaf),), value=move(DEEP))
    adjoint = np.random.default_rng(seed).normal(size=node.shape)
    ((_, arrived),) = vjp(node, adjoint)
    np.testing.assert_allclose(np.sum(arrived * DEEP), adjoint @ node.value)
    np.testing.assert_array_equal(move(arrived), adjoint)
