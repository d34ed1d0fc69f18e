"""Sums, extremes and statistics along axes, however the axis is given."""

import builtins
import math
import statistics
import warnings

import numpy as np
import pytest
import scipy.special

from backproof.graph.autodiff import vjp

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # np.matrix

X = np.random.default_rng(3).normal(size=(2, 3, 4))
X2 = X[0]
MASK = X > -0.3
REDUCERS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min, "amax": np.amax, "amin": np.amin,
    "ptp": np.ptp, "median": np.median, "var": np.var, "std": np.std, "average": np.average,
    "logsumexp": scipy.special.logsumexp, "norm": np.linalg.norm,
}  # fmt: skip
AXES = {"none": None, "first": 0, "last": -1, "pair": (0, 2), "all": (0, 1, 2)}


def method(name):
    return lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES.values(), ids=AXES)
@pytest.mark.parametrize("name", [name for name in REDUCERS if name != "norm"])
def test_axes(check, name, axis, keepdims):
    check(name, REDUCERS[name], X, axis=axis, **({"keepdims": True} if keepdims else {}))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std"])
def test_positional_axis_keepdims_where_and_scalars(check, name):
    check(name, method(name), X, 1)
    check(name, method(name), X, np.int64(-1))
    check(name, REDUCERS[name], 0.7)
    check(name, REDUCERS[name], [0.5, 0.7, np.float64(0.2)])
    check(name, method(name), np.float64(0.4))
    check(name, method(name), X2.view(np.matrix))
    check(name, method(name), X2.view(np.matrix), 0)
    initial = {"initial": -9.0} if name == "max" else {"initial": 9.0} if name == "min" else {}
    check(name, REDUCERS[name], X, axis=1, where=MASK, **initial)
    if name in ("sum", "prod"):
        check(name, REDUCERS[name], X2, 0, None, None, True)
        check(name, REDUCERS[name], X2, 0, initial=2.0)


def test_degrees_of_freedom(check):
    check("var", np.var, X, axis=(0, 1), ddof=1)
    check("std", method("std"), X, 2, None, None, 1)


UFUNCS = {
    "add": np.add,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "logaddexp": np.logaddexp,
}


@pytest.mark.parametrize("name", UFUNCS)
def test_reduce_takes_the_first_axis(check, name):
    check(f"{name}.reduce", UFUNCS[name].reduce, X)
    check(f"{name}.reduce", UFUNCS[name].reduce, X, 1)
    check(f"{name}.reduce", UFUNCS[name].reduce, X[0, 0])


def test_reduce_under_the_name_of_the_reduction(check):
    check("sum", np.add.reduce, X2)
    check("max", np.maximum.reduce, X2)


@pytest.mark.parametrize("name", ["add", "multiply"])
def test_accumulate(check, name):
    check(f"{name}.accumulate", UFUNCS[name].accumulate, X)
    check(f"{name}.accumulate", UFUNCS[name].accumulate, X, axis=2)


def test_other_reductions_of_ufuncs_are_differenced(check):
    check("hypot.reduce", np.hypot.reduce, X2, by_differences=True)
    check("maximum.accumulate", np.maximum.accumulate, X2, by_differences=True)


def test_builtins(check):
    a, b = X2[0], X2[1]
    check("sum", builtins.sum, [0.5, 0.7, 0.2])
    check("sum", builtins.sum, [0.5, 0.7], 0.25)
    check("sum", builtins.sum, [0.5, 0.7], start=0.25)
    check("sum", builtins.sum, [a, b])
    check("sum", builtins.sum, [a, 0.5], b)
    check("sum", builtins.sum, X2)
    check("sum", lambda x: builtins.sum(x), X2)
    check("max", builtins.max, 0.3, 0.5)
    check("max", builtins.max, 0, 0.5)
    check("max", lambda p, q: builtins.max(p, q), 0.5, 0)
    check("max", builtins.max, [0.3, 0.8, 0.5])
    check("min", builtins.min, np.array([0.3, 0.8, 0.5]))
    check("min", builtins.min, 0.3, 0.5, 0.1)
    check("abs", builtins.abs, -0.5)


def test_math_and_statistics(check):
    check("fsum", math.fsum, [0.5, 0.7, 0.2])
    check("fsum", math.fsum, X2[0])
    check("prod", math.prod, [0.5, 0.7, 0.2])
    check("prod", math.prod, [0.5, 0.7], start=0.2)
    check("mean", statistics.mean, [0.5, 0.7, 0.2])
    check("fmean", statistics.fmean, [0.5, 0.7, 0.2])
    check("fmean", statistics.fmean, [0.5, 0.7, 0.2], weights=[0.5, 0.1, 0.3], by_differences=True)


def test_weighted_average(check):
    check("average", np.average, X2, weights=np.abs(X2))
    check("average", np.average, X2, 1, np.abs(X2[0]))
    check("average", np.average, X2, axis=0, weights=[0.2, 0.5, 0.3])
    check("average", np.average, X2, axis=0, weights=[0.2, 0.5, 0.3], keepdims=True)


def test_products_with_zeros(check):
    check("prod", np.prod, np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]]), axis=1)
    check("cumprod", np.cumprod, np.array([2.0, 0.0, 3.0]), by_differences=True)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["cumsum", "cumprod", "sort"])
def test_along(check, name, axis):
    check(name, getattr(np, name), X, axis=axis)
    check(name, getattr(np, name), [0.5, 0.7, 0.2])


@pytest.mark.parametrize("axis", [None, 0, (0, 2), -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(check, name, axis):
    check(name, getattr(scipy.special, name), X, axis=axis)


def test_log_sum_exp_with_weights(check):
    check("logsumexp", scipy.special.logsumexp, X2, 1, np.abs(X2), by_differences=True)


def test_diff(check):
    check("diff", np.diff, X)
    check("diff", np.diff, X, 2, 1)
    check("diff", np.diff, X, axis=0)
    check("diff", np.diff, X2, prepend=0.5, by_differences=True)


def test_ties_share_and_a_spread_of_zero_gives_zero(record):
    x = np.array([2.0, 1.0, 2.0])
    np.testing.assert_array_equal(vjp(record("max", np.max, x), np.float64(1))[0][1], [0.5, 0, 0.5])
    np.testing.assert_array_equal(vjp(record("std", np.std, np.ones(3)), np.float64(1))[0][1], [0, 0, 0])
    np.testing.assert_array_equal(vjp(record("norm", np.linalg.norm, np.zeros(3)), np.float64(1))[0][1], [0, 0, 0])


def test_no_warnings_on_nothing(record):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vjp(record("sum", np.sum, np.zeros((0, 3)), axis=0), np.ones(3))[0][1].shape == (0, 3)
