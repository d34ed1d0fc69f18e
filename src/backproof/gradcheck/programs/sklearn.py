"""scikit-learn: estimators that are fitted by a loss and its gradient.

Most of them hand both to `scipy.optimize.minimize`: the perceptrons, logistic and other generalised linear models, the
Huber regression, Gaussian processes. A copy of the estimator is fitted up to that call; what it hands over is checked.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import sklearn.base

from backproof.errors import UsageError
from backproof.gradcheck.programs._calls import name_of
from backproof.gradcheck.programs._program import Array, Parameter, Program

OPTIONS = ("sample_weight",)
AWAY_FROM_ZERO = 0.5  # deviation of the coefficients that take the place of zeros: there the gradient says little
SOLVER = "lbfgs"  # the one that hands loss and gradient over; others step along the same gradient


class _Handed(BaseException):
    """Ends the fit where the loss is handed over; no estimator catches it."""

    def __init__(self, function: Any, start: Any, arguments: tuple[Any, ...]) -> None:
        super().__init__()
        self.function, self.start, self.arguments = function, start, arguments


def takes(target: Any, inputs: tuple[Any, ...]) -> bool:
    """Estimators that can be fitted."""
    return isinstance(target, sklearn.base.BaseEstimator) and hasattr(target, "fit")


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The loss that the estimator minimises, and the gradient that it computes, as functions of its coefficients.

    Args:
        target: The estimator, fitted or not. It is copied; one that is fitted is checked at its own coefficients if it
            knows `warm_start`. Coefficients that are 0 are drawn at random.
        inputs: X and y.
        options: `sample_weight`, as `fit` takes it.
        seed: Of what is drawn.

    Raises:
        UsageError: It cannot be fitted to these data, or not by a loss and its gradient.
    """
    if unknown := set(options) - set(OPTIONS):
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for scikit-learn; there is: sample_weight")
    if len(inputs) != 2:
        raise UsageError("give inputs and targets: check_gradient(estimator, X, y)")
    x, y = inputs
    x = x.astype(np.float64) if getattr(x, "dtype", None) == np.float32 else x
    return _objective(_handed_over(_prepared(target, seed), x, y, options), x, y, seed)


def _prepared(target: Any, seed: int) -> Any:
    """A copy that starts where the estimator stands, with the solver that hands over its loss."""
    estimator = copy.deepcopy(target)
    known = estimator.get_params(deep=False)
    wanted = {"solver": SOLVER, "warm_start": True, "early_stopping": False}
    if known.get("random_state", 0) is None:
        wanted["random_state"] = seed
    return estimator.set_params(**{name: value for name, value in wanted.items() if name in known})


def _handed_over(estimator: Any, x: Any, y: Any, options: Mapping[str, Any]) -> _Handed:
    with _minimize_that_hands_over(type(estimator)):
        try:
            estimator.fit(x, y, **options)
        except _Handed as handed:
            return handed
        except Exception as error:
            raise UsageError(f"{name_of(estimator)} cannot be fitted: {type(error).__name__}: {error}") from error
    raise UsageError(f"{name_of(estimator)} is not fitted by a loss and its gradient: there is nothing to check")


@contextmanager
def _minimize_that_hands_over(kind: type) -> Iterator[None]:
    """SciPy's `minimize` raises `_Handed` for as long as this lasts, also where a class has imported it by name."""
    from scipy import optimize

    def minimize(fun: Any, x0: Any, args: Any = (), *rest: Any, jac: Any = None, **settings: Any) -> Any:
        if jac is not True:
            return original(fun, x0, args, *rest, jac=jac, **settings)
        raise _Handed(fun, x0, args if isinstance(args, tuple) else (args,))

    original = optimize.minimize
    modules = [optimize, *(sys.modules.get(each.__module__) for each in kind.__mro__)]
    changed = {module: None for module in modules if getattr(module, "minimize", None) is original}
    for module in changed:
        setattr(module, "minimize", minimize)  # noqa: B010 (modules have no such attribute for mypy)
    try:
        yield
    finally:
        for module in changed:
            setattr(module, "minimize", original)  # noqa: B010


def _objective(handed: _Handed, x: Any, y: Any, seed: int) -> Program:
    point = np.array(handed.start, dtype=np.float64).ravel()
    zeros = point == 0
    point[zeros] = np.random.default_rng([seed, 9]).normal(0, AWAY_FROM_ZERO, int(zeros.sum()))

    def both(vector: Array) -> tuple[float, Array]:
        value, gradient = handed.function(vector.copy(), *handed.arguments)
        return float(value), np.array(gradient, dtype=np.float64).ravel()

    owner = getattr(handed.function, "__self__", None)
    parameters = _parameters(owner, len(point))
    made = Program(parameters, point, lambda v: both(v)[0], both(point)[1], lambda v: both(v)[1])
    if zeros.any():
        made.notes.append(f"{int(zeros.sum())} coefficients that are 0 at the start were drawn at random")
    made.sizes = {"samples": np.shape(x)[0], "outputs": int(np.prod(np.shape(y)[1:], dtype=int))}
    if isinstance(getattr(owner, "alpha", None), int | float):
        made.penalty = _penalty(owner, both, point)
    return made


def _parameters(owner: Any, size: int) -> tuple[Parameter, ...]:
    """Weights and biases of a perceptron by their names; all coefficients together of others."""
    groups = [(name, getattr(owner, name, [])) for name in ("coefs_", "intercepts_")]
    found = [Parameter(f"{name}[{k}]", each.shape) for name, group in groups for k, each in enumerate(group)]
    return tuple(found) if sum(each.size for each in found) == size else (Parameter("coefficients", (size,)),)


def _penalty(owner: Any, both: Callable[[Array], tuple[float, Array]], point: Array) -> Array:
    """What the gradient holds of the penalty: what it changes by where `alpha` is 0."""
    whole, alpha = both(point)[1], owner.alpha
    owner.alpha = 0.0
    try:
        return whole - both(point)[1]
    finally:
        owner.alpha = alpha
