"""scikit-learn's own gradients: right, but for perceptrons of several outputs, whose factor is found and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient

pytest.importorskip("sklearn")
from sklearn import (
    gaussian_process,
    linear_model,
    neighbors,
    neural_network,
    preprocessing,
    tree,
)

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(0, 1, (12, 4))
ONE, THREE = X[:, 0] - X[:, 1] ** 2, GENERATOR.normal(0, 1, (12, 3))
CLASSES, LABELS = np.arange(12) % 3, THREE > 0
SMALL: dict[str, Any] = {"hidden_layer_sizes": (5, 4), "random_state": 1}
REGRESSOR, CLASSIFIER = neural_network.MLPRegressor, neural_network.MLPClassifier
RIGHT: dict[str, tuple[Any, Any]] = {
    **{f"one output, {name}": (REGRESSOR(activation=name, **SMALL), ONE)
       for name in ("identity", "logistic", "tanh", "relu")},
    "trained by lbfgs": (REGRESSOR(solver="lbfgs", **SMALL), ONE),
    "a strong penalty": (REGRESSOR(alpha=3.0, **SMALL), ONE),
    "no hidden layer": (REGRESSOR(hidden_layer_sizes=(), random_state=0), ONE),
    "early stopping": (REGRESSOR(early_stopping=True, **SMALL), ONE),
    "two classes": (CLASSIFIER(**SMALL), CLASSES == 1),
    "three classes": (CLASSIFIER(alpha=0.1, **SMALL), CLASSES),
    "several labels": (CLASSIFIER(**SMALL), LABELS),
    "logistic regression": (linear_model.LogisticRegression(), CLASSES == 1),
    "multinomial": (linear_model.LogisticRegression(C=0.1), CLASSES),
    "poisson": (linear_model.PoissonRegressor(), np.abs(ONE)),
    "gamma": (linear_model.GammaRegressor(), np.abs(ONE) + 0.1),
    "tweedie": (linear_model.TweedieRegressor(power=1.5), np.abs(ONE)),
    "huber": (linear_model.HuberRegressor(), ONE),
    "neighbourhood components": (neighbors.NeighborhoodComponentsAnalysis(n_components=2), CLASSES),
    "gaussian process": (gaussian_process.GaussianProcessRegressor(), ONE),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_called_right(name: str, dtype: str) -> None:
    estimator, y = RIGHT[name]
    check = check_gradient(estimator, X.astype(dtype), y)
    assert check.verdict == "right", check


@pytest.mark.parametrize("alpha", [0.0, 1e-4, 3.0])
@pytest.mark.parametrize("outputs", [2, 3])
def test_the_gradient_of_several_outputs_is_as_many_times_that_of_the_loss(outputs: int, alpha: float) -> None:
    check = check_gradient(REGRESSOR(alpha=alpha, **SMALL), X, THREE[:, :outputs])
    assert (check.verdict, check.mistakes) == ("wrong", ("constant-factor-only",)), check
    assert f"is {outputs} (the number of outputs, {outputs}) times the true one" in str(check)
    assert ("apart from the penalty" in str(check)) == (alpha > 0)


def test_a_trained_one_is_checked_where_it_stands_and_left_as_it_is() -> None:
    estimator = REGRESSOR(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=20, random_state=0)
    with pytest.warns(match="failed to converge"):
        estimator.fit(X, ONE)
    before = [each.copy() for each in estimator.coefs_]
    check = check_gradient(estimator, X, ONE)
    assert check.verdict != "wrong", check
    assert all(np.array_equal(each, old) for each, old in zip(estimator.coefs_, before, strict=True))
    assert (estimator.warm_start, estimator.n_iter_) == (False, 20)


def test_sample_weights_are_taken() -> None:
    weights = GENERATOR.uniform(0, 2, 12)
    assert check_gradient(linear_model.LogisticRegression(), X, CLASSES, sample_weight=weights).verdict == "right"


def test_parameters_are_named() -> None:
    names = [each.name for each in check_gradient(RIGHT["one output, relu"][0], X, ONE).parameters]
    assert names == ["coefs_[0]", "coefs_[1]", "coefs_[2]", "intercepts_[0]", "intercepts_[1]", "intercepts_[2]"]


# -- what is wrong


class OfTheIdentity(REGRESSOR):
    """The gradient is that of another activation."""

    def _backprop(self, *arguments: Any) -> Any:
        loss, activation = super()._backprop(*arguments)[0], self.activation
        self.activation = "identity"
        _, *gradients = super()._backprop(*arguments)
        self.activation = activation
        return loss, *gradients


class WithoutPenalty(REGRESSOR):
    """The gradient leaves the penalty of the weights out."""

    def _compute_loss_grad(self, *arguments: Any) -> None:
        alpha, self.alpha = self.alpha, 0.0
        super()._compute_loss_grad(*arguments)
        self.alpha = alpha


@pytest.mark.parametrize("kind", [OfTheIdentity, WithoutPenalty])
def test_what_is_wrong_is_called_wrong(kind: Any) -> None:
    check = check_gradient(kind(alpha=0.5, activation="tanh", **SMALL), X, ONE)
    assert check.verdict == "wrong", check
    assert "unexplained-wrong-gradient" in check.mistakes


def test_bad_input_is_answered_clearly() -> None:
    cases = {
        "LinearRegression is not fitted by a loss and its gradient": linear_model.LinearRegression(),
        "DecisionTreeRegressor is not fitted by a loss": tree.DecisionTreeRegressor(),
        "StandardScaler is not fitted by a loss": preprocessing.StandardScaler(),
        "MLPRegressor cannot be fitted: ValueError": REGRESSOR(hidden_layer_sizes=(-1,)),
    }
    for words, estimator in cases.items():
        with pytest.raises(UsageError, match=words):
            check_gradient(estimator, X, ONE)
    with pytest.raises(UsageError, match="give inputs and targets"):
        check_gradient(REGRESSOR(), X)
    with pytest.raises(UsageError, match="no option 'epsilon' for scikit-learn"):
        check_gradient(REGRESSOR(), X, ONE, epsilon=1e-6)


def test_scipy_is_left_as_it_was() -> None:
    from scipy import optimize

    before = optimize.minimize
    check_gradient(REGRESSOR(**SMALL), X, ONE)
    assert optimize.minimize is before
