"""Each entry of the tables of single elements, on all shapes that broadcast."""

import math
import warnings

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from backproof.graph.autodiff import adjoints, vjp
from backproof.graph.derivatives import RULES, canonical
from backproof.graph.elementwise import BINARY, SCALARS, UNARY
from backproof.graph.operands import unbroadcast

SPECIAL = {"expit", "logit", "log_expit", "erf", "erfc", "entr", "xlogy"}
OPERATORS = {"neg": np.negative, "truediv": np.divide, "pow": np.power, "sub": np.subtract, "mul": np.multiply}
OPERATORS["abs"] = np.abs


def function_of(name):
    if name in OPERATORS:
        return OPERATORS[name]
    return getattr(scipy.special if name in SPECIAL else np, name)


def points(name, shape, seed=0):
    """Inside of the domain, away from kinks."""
    low, high = {"arccosh": (1.5, 3.0), "logit": (0.1, 0.9)}.get(name, (0.1, 0.9))
    return np.random.default_rng(seed).uniform(low, high, shape)


SHAPES = [
    ((), ()),
    ((3,), (3,)),
    ((3,), ()),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((3,), (2, 1)),
    ((4, 1, 3), (2, 3)),
    ((1,), (0,)),
]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("name", [*UNARY, "log", "sign", "floor", "rint"])
def test_unary(check, name, shape):
    check(name, function_of(name), points(name, shape))


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
@pytest.mark.parametrize("name", [*BINARY, "heaviside", "floor_divide"])
def test_binary(check, name, left, right):
    check(name, function_of(name), points(name, left), points(name, right, 1))


@pytest.mark.parametrize("name", BINARY)
def test_constant_on_one_side(check, fixed, name):
    values = points(name, (3,))
    check(name, function_of(name), values, fixed(0.7))
    check(name, function_of(name), fixed(0.7), values)


@pytest.mark.parametrize("name", [name for name in BINARY if name not in SPECIAL])
def test_outer(check, name):
    check(f"{function_of(name).__name__}.outer", function_of(name).outer, points(name, (2,)), points(name, (3, 2), 1))


@pytest.mark.parametrize("name", SCALARS)
def test_scalars_go_the_fast_way_to_the_same_numbers(record, name):
    functions = {"float": float, "float64": np.float64, "item": lambda x: x, "pos": lambda x: +x}
    function = functions.get(name) or function_of(name)
    arguments = [0.3, 0.6][: 2 if name in BINARY else 1]
    node = record(name, lambda *values: float(function(*values)), *arguments)
    swept = adjoints({node: 0.8})
    for parent, value in vjp(node, np.float64(0.8)):
        assert swept[parent.index].shape == ()
        assert swept[parent.index].dtype == np.float64
        np.testing.assert_allclose(swept[parent.index], value, rtol=1e-15)


MATH = [
    "exp", "expm1", "log1p", "log2", "log10", "sqrt", "sin", "asin", "atan", "tanh", "erf", "degrees", "fabs", "floor",
]  # fmt: skip


@pytest.mark.parametrize("name", MATH)
def test_math(check, name):
    check(name, getattr(math, name), 0.4)


def test_math_with_several_arguments(check):
    check("log", math.log, 0.4, 3.0)
    check("pow", math.pow, 0.4, 3.0)
    check("hypot", math.hypot, 0.4, 3.0, -1.0)
    check("atan2", math.atan2, 0.4, -1.0)
    check("fmod", math.fmod, 7.4, 2.0)
    check("dist", math.dist, [0.4, 1.0], [2.0, -1.0])
    check("dist", math.dist, np.array([0.4, 1.0]), np.array([2.0, -1.0]))


CLIPS = {
    "both": (0.2, 0.6),
    "low": (0.2, None),
    "high": (None, 0.6),
    "arrays": (np.array([0.1, 0.2, 0.3]), np.array([[0.5], [0.6]])),
    "crossed": (0.7, 0.4),
}


@pytest.mark.parametrize("bounds", CLIPS.values(), ids=CLIPS)
def test_clip(check, bounds):
    values = np.array([[0.05, 0.45, 0.95], [0.15, 0.55, 0.85]])
    check("clip", np.clip, values, *bounds)
    check(
        "clip",
        lambda x, **bounds: np.clip(x, bounds["a_min"], bounds["a_max"]),
        values,
        a_min=bounds[0],
        a_max=bounds[1],
    )


def test_where(check):
    condition = np.array([True, False, True])
    check("where", np.where, condition, np.ones((2, 3)), 2.0)
    check("where", np.where, condition, [0.5, 0.4, 0.3], np.ones((2, 1)))


def test_masked_ufunc_leaves_the_rest_as_it_was(check):
    mask = np.array([True, False, True])

    def divide(p, q, *, where, out):
        return np.divide(p, q, where=where, out=out.copy())

    check("divide", divide, np.ones(3), np.array([2.0, 0.0, 4.0]), where=mask, out=np.full(3, 5.0))
    check(
        "log",
        lambda x, where, out: np.log(x, where=where, out=out.copy()),
        np.array([2.0, -1.0, 4.0]),
        where=mask,
        out=np.full(3, 5.0),
    )


def test_ties_share(record):
    for name in ("maximum", "minimum", "fmax", "fmin"):
        node = record(name, getattr(np, name), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
        (_, left), (_, right) = vjp(node, np.ones(2))
        assert left[0] == right[0] == 0.5
        assert left[1] + right[1] == 1


EDGES = {
    "square of zero": ("pow", 0.0, 2, 0.0),
    "zero to the one": ("pow", 0.0, 1, 1.0),
    "zero to the zero": ("pow", 0.0, 0, 0.0),
    "negative base": ("pow", -2.0, 3, 12.0),
    "inverse": ("pow", -2.0, -1, -0.25),
}


@pytest.mark.parametrize(("op", "base", "exponent", "expected"), EDGES.values(), ids=EDGES)
@pytest.mark.parametrize("make", [float, np.float64, lambda x: np.array([x])])
def test_powers(record, fixed, make, op, base, exponent, expected):
    node = record(op, lambda p, q: p**q, make(base), fixed(exponent))
    np.testing.assert_allclose(adjoints({node: 1.0})[node.parents[0].index], expected)


def test_power_by_its_exponent(record):
    node = record("pow", np.power, np.array([0.0, 2.0, -2.0]), np.array([2.0, 3.0, 2.0]))
    by_exponent = vjp(node, np.ones(3))[1][1]
    np.testing.assert_allclose(by_exponent, [0, 8 * math.log(2), np.nan])


def test_a_zero_adjoint_wins_against_an_infinite_derivative(record):
    values = np.array([0.0, 1.0])
    for name in ("sqrt", "log", "reciprocal", "arccosh", "cbrt"):
        node = record(name, getattr(np, name), values)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ((_, arrived),) = vjp(node, np.array([0.0, 0.0]))
            infinite = vjp(node, np.ones(2))[0][1]
        np.testing.assert_array_equal(arrived, 0)
        assert not np.isfinite(infinite).all()
    scalar = record("sqrt", math.sqrt, 0.0)
    assert adjoints({scalar: 0.0})[scalar.parents[0].index] == 0
    assert adjoints({scalar: 1.0})[scalar.parents[0].index] == np.inf


def test_single_precision_gives_adjoints_in_double(record):
    node = record("exp", np.exp, np.array([0.1, 0.2], dtype=np.float32))
    ((_, arrived),) = vjp(node, np.array([1.0, 1e-12]))
    assert arrived.dtype == np.float64


def test_integers_are_data(record):
    node = record("mul", np.multiply, record.leaf(np.array([1, 2])), np.array([0.5, 0.6]))
    ((parent, arrived),) = vjp(node, np.ones(2))
    assert parent.value.dtype == float
    np.testing.assert_array_equal(arrived, [1, 2])


def test_names():
    assert canonical("multiply.outer") == "mul.outer"
    assert canonical("true_divide") == "truediv"
    assert canonical("add.reduce") == "sum"
    assert canonical("nothing known") == "nothing known"
    assert "add.outer" in RULES


SIZES = st.integers(1, 3)


@given(SIZES, SIZES, SIZES, st.lists(st.booleans(), min_size=6, max_size=6), st.integers(0, 2), st.integers(0, 2))
def test_what_was_broadcast_is_summed(a, b, c, ones, cut_left, cut_right):
    full = (a, b, c)
    left, right = (
        tuple(1 if one else size for one, size in zip(flags, full, strict=True))[cut:]
        for flags, cut in ((ones[:3], cut_left), (ones[3:], cut_right))
    )
    result = np.broadcast_shapes(left, right)
    for shape in (left, right):
        arrived = unbroadcast(np.ones(result), shape)
        assert arrived.shape == shape
        np.testing.assert_array_equal(arrived, math.prod(result) / math.prod(shape))
