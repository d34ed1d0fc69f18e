"""Products of vectors, matrices and stacks of them."""

import operator

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from backproof.graph.products import subscripts

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # np.matrix

RNG = np.random.default_rng(5)


def a(*shape):
    return RNG.normal(size=shape)


SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((1, 3), (3, 1))]
STACKS = [
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
]
DEEP = [((5, 2, 3), (4, 3, 2)), ((3,), (4, 3, 2)), ((5, 2, 3), (3,)), ((), (2, 3)), ((2,), ()), ((), ())]
CASES = {
    "matmul": (np.matmul, SHAPES + STACKS),
    "dot": (np.dot, SHAPES + DEEP),
    "inner": (np.inner, [((3,), (3,)), ((2, 3), (4, 3)), ((5, 2, 3), (4, 3)), ((), (3,)), ((2, 3), (3,))]),
    "vdot": (np.vdot, [((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3, 2))]),
    "outer": (np.outer, [((3,), (4,)), ((2, 3), (4,)), ((), (4,))]),
    "kron": (np.kron, [((2,), (3,)), ((2, 3), (4, 2)), ((2, 3), (4,)), ((2,), (3, 2)), ((2, 2, 2), (1, 2))]),
    "tensordot": (np.tensordot, [((5, 2, 3), (2, 3, 4)), ((2, 3), (2, 3))]),
    "convolve": (np.convolve, [((5,), (3,)), ((3,), (5,)), ((1,), (2,))]),
    "multiply.outer": (np.multiply.outer, [((2, 3), (4,)), ((), (4,))]),
}


@pytest.mark.parametrize(
    ("name", "left", "right"), [(name, *pair) for name, (_, pairs) in CASES.items() for pair in pairs]
)
def test_two_operands(check, fixed, name, left, right):
    function = CASES[name][0]
    p, q = a(*left), a(*right)
    check(name, function, p, q)
    check(name, function, fixed(p), q)
    check(name, function, p, fixed(q))


def test_lists_and_methods(check):
    check("dot", np.dot, [0.5, 0.2], [0.1, 0.9])
    check("dot", np.dot, [[0.5, 0.2], [0.1, 0.4]], a(2))
    check("dot", lambda p, q: p.dot(q), a(2, 3), a(3))
    check("matmul", operator.matmul, a(2, 3), a(3, 2))


def test_the_same_operand_twice(check, record):
    x = record.leaf(a(3, 3))
    check("matmul", np.matmul, x, x)
    check("mul", np.multiply, x, x)
    check("einsum", np.einsum, "ij,jk->ik", x, x)


@pytest.mark.parametrize("axes", [1, 0, ([0, 1], [1, 0]), (1, 0), ([1, 0], [0, 1]), ((-1,), (-2,))], ids=str)
def test_tensordot_axes(check, axes):
    check("tensordot", np.tensordot, a(3, 3), a(3, 3), axes)
    check("tensordot", np.tensordot, a(2, 3, 3), a(3, 3), ([2, 1], [1, 0]))
    check("tensordot", np.tensordot, a(3, 3), a(3, 3), axes=axes)


EINSUMS = {
    "matrix product": ("ij,jk->ik", (2, 3), (3, 4)), "implicit": ("ij,jk", (2, 3), (3, 4)), "sum": ("ij->", (2, 3)),
    "rows": ("ij->i", (2, 3)), "transpose": ("ij->ji", (2, 3)), "inner": ("i,i", (3,), (3,)),
    "batch": ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)), "three": ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    "alone": ("ij,k->k", (2, 3), (4,)), "outer": ("i,j->ij", (3,), (4,)),
    "dots": ("...ij,...jk->...ik", (5, 2, 3), (3, 4)), "more dots": ("...ij,...jk", (4, 5, 2, 3), (5, 3, 4)),
    "bare dots": ("...,...", (2, 3), (3,)), "spaces": ("i j , j -> i", (2, 3), (3,)),
    "one": ("ij,jk->ik", (2, 1), (3, 4)),
}  # fmt: skip


@pytest.mark.parametrize("case", EINSUMS.values(), ids=EINSUMS)
def test_einsum(check, case):
    formula, *shapes = case
    check("einsum", np.einsum, formula, *(a(*shape) for shape in shapes))


def test_einsum_left_to_differences(check):
    check("einsum", np.einsum, "ii->i", a(3, 3), by_differences=True)
    check("einsum", np.einsum, a(2, 3), [0, 1], a(3, 4), [1, 2], [0, 2], by_differences=True)


def test_subscripts():
    assert subscripts("ij,jk", [2, 2]) == (["ij", "jk"], "ik")
    assert subscripts("...i,i", [3, 1]) == (["abi", "i"], "ab")


def test_multi_dot(check):
    check("multi_dot", np.linalg.multi_dot, [a(2, 3), a(3, 4), a(4, 2)])
    check("multi_dot", np.linalg.multi_dot, [a(3), a(3, 4), a(4)])


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("left", "right"), [(6, 3), (6, 4), (7, 4)])
def test_convolutions(check, left, right, mode):
    check("convolve", np.convolve, a(left), a(right), mode)
    check("convolve", np.convolve, a(left), a(right), mode=mode)
    check("correlate", np.correlate, a(left), a(right), mode)
    check("convolve2d", scipy.signal.convolve2d, a(left, 5), a(right, 2), mode)
    check("correlate2d", scipy.signal.correlate2d, a(left, 5), a(right, 2), mode=mode)
    check("fftconvolve", scipy.signal.fftconvolve, a(left, 5), a(right, 2), mode)


def test_convolutions_left_to_differences(check):
    check("convolve", scipy.ndimage.convolve, a(4), a(3), by_differences=True)
    check("convolve2d", scipy.signal.convolve2d, a(4, 5), a(3, 2), mode="same", boundary="wrap", by_differences=True)


def test_matrix_objects(check):
    p, q = a(2, 3).view(np.matrix), a(3, 2).view(np.matrix)
    square = a(3, 3).view(np.matrix)
    check("mul", operator.mul, p, q)
    check("mul", operator.mul, p, 0.5)
    check("mul", operator.mul, square, square)
    check("mul", operator.mul, a(2), p)
    check("mul", operator.mul, a(3, 1).view(np.matrix), a(4))
    check("mul", np.multiply, square, a(3, 3).view(np.matrix))
    check("multiply", np.multiply, p, a(3))
    check("dot", np.dot, p, a(3))
    check("pow", operator.pow, square, 3)
    check("pow", operator.pow, square, 0)
    check("pow", np.power, np.abs(a(3, 3)).view(np.matrix), 3)
    check("pow", operator.pow, square, -2, by_differences=True, tolerance=1e-5)
    check("matrix_power", np.linalg.matrix_power, a(2, 3, 3), 2)
    check("add", operator.add, p, a(3))
