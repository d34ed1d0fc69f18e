"""The reference pass: a worked example, its gradients against differences for every layer, activation and loss."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backproof as bp
from backproof.errors import UsageError
from backproof.nn import ACTIVATIONS, LOSSES, BatchNorm, Dense, Dropout, LayerNorm, Network, Residual

BLOCKS = {
    "dense": lambda: Dense(4, "tanh"),
    "no_bias": lambda: Dense(4, "sigmoid", bias=False),
    "residual": lambda: Residual([Dense(5, "tanh"), LayerNorm(), Dense(3)]),
    "nested": lambda: Residual([Residual([Dense(3, "sigmoid")]), Dense(3, "softplus")]),
    "batch_norm": lambda: BatchNorm(),
    "layer_norm": lambda: LayerNorm(),
    "dropout": lambda: Dropout(0.5),
}


def targets_for(loss: str, generator: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    kind = LOSSES[loss].targets
    if kind == "distribution":
        return np.eye(outputs)[generator.integers(0, outputs, rows)]
    return (
        generator.integers(0, 2, (rows, outputs)).astype(float)
        if kind == "0 to 1"
        else generator.random((rows, outputs))
    )


def check(network: Network, x: np.ndarray, y: np.ndarray, tolerance: float = 2e-7) -> None:
    """The analytic gradients of all parameters and inputs against central differences."""
    analytic = network.gradients(x, y)
    places = {**network.parameters, "inputs": x}
    assert analytic.keys() == places.keys()
    for name, value in places.items():
        numeric = np.zeros_like(value)
        for k in np.ndindex(value.shape):
            kept = value[k]
            sides = []
            for sign in (1, -1):
                value[k] = kept + sign * 1e-5
                sides.append(network.loss(x, y))
            value[k] = kept
            numeric[k] = (sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(analytic[name], numeric, rtol=1e-5, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("name", BLOCKS)
def test_the_gradients_of_each_layer(name: str) -> None:
    generator = np.random.default_rng(4)
    network = Network([BLOCKS[name](), Dense(2)], seed=1)
    network.build(3)
    for parameter in network.parameters.values():
        parameter += generator.normal(size=parameter.shape) * 0.3  # off the special values 0 and 1
    check(network, generator.normal(size=(5, 3)), generator.normal(size=(5, 2)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradients_of_each_activation_and_loss(activation: str, loss: str) -> None:
    generator = np.random.default_rng(8)
    output = {"sigmoid_cross_entropy": "linear", "softmax_cross_entropy": "linear"}.get(loss)
    output = output or {"distribution": "softmax", "0 to 1": "sigmoid"}.get(LOSSES[loss].targets, "linear")
    network = Network([Dense(4, activation), Dense(3, output)], loss, seed=2)
    network.build(2)
    check(network, generator.normal(size=(4, 2)), targets_for(loss, generator, 4, 3))


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_gradients_at_any_size(inputs: int, outputs: int, rows: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = Network([Dense(3, "tanh"), Dense(outputs, "sigmoid")], "mean_squared_error", seed=seed)
    network.build(inputs)
    check(network, generator.normal(size=(rows, inputs)), generator.random((rows, outputs)))


def test_batch_statistics_are_differentiated_while_training() -> None:
    generator = np.random.default_rng(1)
    network = Network([Dense(3, "tanh"), BatchNorm(), Dense(1)], seed=0)
    network.build(2)
    x, y = generator.normal(size=(6, 2)), generator.normal(size=(6, 1))
    weight = network.parameters["dense_1/weight"]
    _, gradients, _ = network.loss_and_gradients(x, y, noise=generator)

    def loss() -> float:
        return network.loss_and_gradients(x, y, noise=generator)[0]

    kept = weight[0, 1]
    weight[0, 1] = kept + 1e-5
    up = loss()
    weight[0, 1] = kept - 1e-5
    assert gradients["dense_1/weight"][0, 1] == pytest.approx((up - loss()) / 2e-5, rel=1e-6)


def test_dropout_keeps_the_mean_and_is_off_when_predicting() -> None:
    network = Network([Dropout(0.25), Dense(1, bias=False, initializer="uniform")], seed=0)
    network.build(1)
    x = np.ones((20_000, 1))
    trained, _ = network.layers[0].forward(x, np.random.default_rng(0))
    assert set(np.unique(trained)) == {0.0, 1 / 0.75}
    assert trained.mean() == pytest.approx(1, abs=0.02)
    assert np.array_equal(network.layers[0].forward(x)[0], x)


def test_the_chain_of_question_three_at_z_50() -> None:
    """1-1-1 sigmoids: dC/dw in front of z = 50, where a naive a (1 - a) is 0."""
    network = Network([Dense(1, "sigmoid"), Dense(1, "sigmoid")])
    network.build(1)
    values = {"dense_1/weight": 0.8, "dense_1/bias": 0.0, "dense_2/weight": 72.4665, "dense_2/bias": 0.0}
    for name, value in values.items():
        network.parameters[name][...] = value
    trace = network.trace([[1.0]], [[0.0]])
    mpmath.mp.dps = 50
    w1, w2 = mpmath.mpf(0.8), mpmath.mpf(72.4665)
    a1 = 1 / (1 + mpmath.exp(-w1))
    z2 = w2 * a1
    a2 = 1 / (1 + mpmath.exp(-z2))
    exact = a2 * a2 * mpmath.exp(-z2) * a1  # (a - 0) a (1 - a) a1, with 1 - a = a exp(-z)
    got = trace["dense_2"].gradients["weight"][0, 0]
    # z itself is rounded: half a unit in its last place is 3.6e-15 of exp(-z)
    assert float(abs((got - exact) / exact)) < 1e-14
    assert got > 1e-23


def test_a_worked_example() -> None:
    """Two inputs, two sigmoids, one linear output, by hand."""
    network = Network([Dense(2, "sigmoid"), Dense(1)])
    network.build(2)
    network.parameters["dense_1/weight"][...] = [[0.1, 0.2], [0.3, 0.4]]
    network.parameters["dense_1/bias"][...] = [0.0, 0.1]
    network.parameters["dense_2/weight"][...] = [[0.5], [-0.6]]
    network.parameters["dense_2/bias"][...] = [0.2]
    trace = network.trace([[1.0, 2.0]], [[1.0]])
    a = 1 / (1 + np.exp(-np.array([0.7, 1.1])))
    output = 0.5 * a[0] - 0.6 * a[1] + 0.2
    delta = (output - 1) * np.array([0.5, -0.6]) * a * (1 - a)
    np.testing.assert_allclose(trace["dense_1"].z[0], [0.7, 1.1], rtol=1e-15)
    np.testing.assert_allclose(trace["dense_1"].delta[0], delta, rtol=1e-14)
    np.testing.assert_allclose(trace["dense_1"].gradients["weight"], np.outer([1.0, 2.0], delta), rtol=1e-14)
    np.testing.assert_allclose(trace.grad_inputs[0], [[0.1, 0.2], [0.3, 0.4]] @ delta, rtol=1e-14)
    assert trace.loss == pytest.approx(0.5 * (output - 1) ** 2, rel=1e-15)
    shown = str(trace)
    assert "dense_1" in shown
    assert "delta" in shown
    assert "dloss/dweight" in shown


def test_scaling_stays_inside_the_model() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(100, 20, (60, 2)), generator.normal(-5000, 300, 60)
    network = Network([Dense(3, "tanh"), Dense(1)], scale_inputs=True, scale_targets=True)
    history = network.fit(x, y, epochs=2)
    errors = network.predict(x) - y
    assert errors.shape == (60,)
    assert history.loss[-1] == pytest.approx(0.5 * np.mean(errors**2), rel=1e-12)
    check(network, x[:3].copy(), y[:3], tolerance=1e-2)


def test_predictions_have_the_shape_of_the_targets() -> None:
    x = np.arange(6.0)
    flat, column = (Network([Dense(2, "tanh"), Dense(1)]) for _ in range(2))
    flat.fit(x, x, epochs=1)
    column.fit(x, x[:, None], epochs=1)
    assert flat.predict(x).shape == (6,)
    assert column.predict(x).shape == (6, 1)
    built = Network([Dense(1)])
    built.build(1)
    built.fit(x, x, epochs=1)
    assert built.predict(x).shape == (6,)


X, Y = np.ones((4, 2)), np.zeros((4, 1))
NAN = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0], [7.0, 8.0]])
BAD = [
    (lambda: Dense(0), "at least 1, not 0"),
    (lambda: Dense(2.5), "whole number, at least 1, not 2.5"),
    (lambda: Dense(2, "sigmod"), "no activation 'sigmod': did you mean sigmoid"),
    (lambda: Dense(2, initializer="xavier"), "no initializer 'xavier'"),
    (lambda: Network([]), "at least one layer"),
    (lambda: Network([Dense(1)], "mse"), "no loss 'mse'"),
    (lambda: Network([Dense(1, "sigmoid")], "sigmoid_cross_entropy"), "would be applied twice"),
    (lambda: Network([Dense(1)]).predict(X), "train it first"),
    (lambda: Network([Residual([Dense(3)]), Dense(1)]).fit(X, Y), "2 features go in and 3 come out"),
    (lambda: Network([Dense(1)]).fit(NAN, Y), "x is NaN at row 1, column 1"),
    (lambda: Network([Dense(1)]).fit(X, [[np.inf]] * 4), "y is infinite in float64 at row 0, column 0"),
    (lambda: Network([Dense(1)]).fit(X, Y[:3]), "x has 4 rows and y 3"),
    (lambda: Network([Dense(2)]).fit(X, Y), r"y has shape \(4, 1\), the predictions \(4, 2\)"),
    (lambda: Network([Dense(1)]).fit(X, np.zeros((4, 2))), r"y has shape \(4, 2\), the predictions \(4, 1\)"),
    (lambda: Network([Dense(1)]).fit(np.zeros((0, 2)), Y), "x is empty"),
    (lambda: Network([Dense(1)]).fit([["a", "b"]], [0]), "x holds 'a'"),
    (lambda: Network([Dense(1)]).fit([[1, 2], [3]], [0, 1]), "no rectangular array"),
    (lambda: Network([Dense(1)]).fit(np.zeros((4, 2, 2)), Y), r"x has shape \(4, 2, 2\)"),
    (
        lambda: Network([Dense(1, "sigmoid")]).fit(X, Y - 1),
        "the output activation sigmoid gives values between 0 and 1",
    ),
    (lambda: Network([Dense(1, "sigmoid")], "binary_cross_entropy").fit(X, Y + 2), "go from 2 to 2"),
    (
        lambda: Network([Dense(3, "softmax")], "categorical_cross_entropy").fit(X, [0, 1, 2, 3]),
        "label 3 in row 3 is none of the classes 0 to 2",
    ),
    (lambda: Network([Dense(1)]).fit(X, Y, batch_size=0), "batch_size must be a whole number, at least 1, not 0"),
    (lambda: Network([Dense(1)]).fit(X, Y, epochs=-1), "epochs must be"),
    (lambda: Network([Dense(1)]).fit(X, Y, optimizer=bp.nn.SGD(0)), "learning_rate must be a finite number above 0"),
    (lambda: Network([Dense(1)]).fit(X, Y, optimizer="adm"), "no optimizer 'adm': did you mean adam"),
    (lambda: Network([Dense(1)]).fit(X, Y, optimiser="adam"), "no setting 'optimiser': did you mean optimizer"),
    (lambda: Network([Dense(1)]).fit(X, Y, sample_weight=[1, 2]), "one weight per row"),
    (lambda: Network([Dense(1)]).fit(X, Y, sample_weight=[0] * 4), "not all 0"),
    (lambda: Network([Dense(1)]).fit(X, Y, validation=0.01), "leaves one side empty"),
    (lambda: bp.nn.Dropout(1.0), "a share from 0 to below 1"),
    (
        lambda: Network([Dense(1, "sigmoid")], "binary_cross_entropy").fit(X, Y, optimizer=bp.nn.LevenbergMarquardt()),
        "Levenberg-Marquardt minimises squared errors",
    ),
]


def fitted(**settings: Any) -> Network:
    network = Network([Dense(1)])
    network.fit(X, Y, **{"epochs": 1, **settings})
    return network


def classes(y: Any, **settings: Any) -> None:
    Network([Dense(3, "softmax")], "categorical_cross_entropy").fit(X, y, epochs=1, **settings)


ODD = [
    (lambda: fitted().predict(np.ones(4)), r"x has shape \(4,\): it must be \(samples, features\)"),
    (lambda: fitted().predict(np.ones((4, 3))), "x has 3 features, but the network takes 2"),
    (lambda: fitted().predict(3.0), r"x has shape \(\)"),
    (lambda: fitted().loss(X, Y * np.nan), "y is NaN at row 0, column 0"),
    (lambda: fitted().fit(X, np.zeros((1, 4))), "x has 4 rows and y 1"),
    (lambda: fitted().fit(X, ["a", "b", "c", "d"]), "y holds 'a'"),
    (lambda: fitted().fit(X, None), "y holds None"),
    (lambda: fitted().fit(np.array([[1, 2], [3, None]], dtype=object), Y), "x holds None"),
    (lambda: fitted().fit(X * 1j, Y), "x holds 1j"),
    (lambda: fitted().fit(X, []), "y is empty"),
    (lambda: Network([Dense(1)], dtype="float32").fit(X * 1e300, Y), "x is infinite in float32 at row 0, column 0"),
    (lambda: classes([0, 1, 1.5, 2]), "label 1.5 in row 2"),
    (lambda: classes([0, -1, 1, 2]), "label -1 in row 1"),
    (lambda: classes(np.ones((4, 3))), "the targets of row 0 sum to 3"),
    (lambda: Network([Dense(1, "tanh")]).fit(X, Y + 2), "tanh gives values between -1 and 1"),
    (lambda: Network([Dense(1, "relu")]).fit(X, Y - 2), "relu gives values between 0 and inf"),
    (lambda: fitted(sample_weight=[1, np.nan, 1, 1]), "sample_weight is NaN at row 1"),
    (lambda: fitted(sample_weight=[1, -1, 1, 1]), "weights are >= 0"),
    (lambda: classes([0, 1, 2, 0], class_weight={0: 1.0}), r"lacks \[1, 2\]"),
    (lambda: fitted().fit(X, [0.5, 1, 0, 0], class_weight={0: 1.0}), "target 0 is 0.5: use sample_weight"),
    (lambda: fitted(epochs=1.5), "epochs must be a whole number, at least 1, not 1.5"),
    (lambda: fitted(batch_size=-1), "batch_size must be a whole number, at least 1, not -1"),
    (lambda: fitted(clip_norm=0), "clip_norm must be a finite number above 0, not 0"),
    (lambda: fitted(l1=-1), "l1 must be a finite number, at least 0, not -1"),
    (lambda: fitted(validation="0.2"), r"validation must be \(x, y\) or a share between 0 and 1, not '0.2'"),
    (lambda: fitted(validation=(X, Y, Y)), "not a tuple"),
    (lambda: fitted(validation=(np.ones((2, 3)), np.zeros(2))), "x has 3 features, but the network takes 2"),
    (lambda: fitted(validation=(np.ones((2, 2)), np.zeros(3))), "x has 2 rows and y 3"),
    (lambda: fitted(early_stopping=5), r"early_stopping must be EarlyStopping\(patience=...\), not 5"),
    (lambda: fitted(schedule=0.5), r"schedule must be a schedule such as Cosine\(1000\), not 0.5"),
    (lambda: fitted(listeners=3), "listeners must be a list of listeners, not 3"),
    (lambda: fitted(checkpoint="/there/is/none/c"), "there is no folder /there/is/none"),
    (lambda: fitted().save("/there/is/none/m"), "there is no folder /there/is/none"),
    (lambda: fitted(optimizer=bp.nn.LBFGS(), checkpoint="c"), "cannot be taken up again half-way"),
    (lambda: bp.nn.SGD(float("inf")), "learning_rate must be a finite number above 0, not inf"),
    (lambda: bp.nn.SGD("0.1"), "not '0.1'"),
    (lambda: bp.nn.LevenbergMarquardt(damping=0), "damping must be a finite number above 0, not 0"),
    (lambda: bp.nn.LevenbergMarquardt(restarts=-1), "restarts and weight_decay must be at least 0"),
    (
        lambda: Network([Dense(2), BatchNorm(), Dense(1)]).fit(X, Y, optimizer=bp.nn.LevenbergMarquardt()),
        "a BatchNorm mixes the samples of a batch",
    ),
    (lambda: bp.nn.EarlyStopping(patience=0), "patience must be"),
    (lambda: BatchNorm(1.0), "momentum of a BatchNorm"),
    (lambda: Network([Dense(1)], seed="a"), "seed must be a whole number, at least 0, not 'a'"),
    (lambda: Network([Dense(1)], seed=-1), "seed must be a whole number, at least 0, not -1"),
    (lambda: Network([Dense(1)], dtype="int32"), "there is no dtype 'int32'"),
    (lambda: Network(Dense(1)), "layers must be a list of layers"),
    (lambda: Network(["dense"]), "there is 'dense'"),
    (lambda: (lambda twice: Network([twice, twice]))(Dense(2)), "a layer stands twice in the list"),
    (lambda: Dense(True), "at least 1, not True"),
    (lambda: Network([Dense(1)]).learning_rate_range(X, Y, low=1.0, high=0.1), "the range of rates is empty"),
    (lambda: bp.nn.plot_fit(fitted(), X, Y), "one input against one output, not 2 and 1"),
    (lambda: Network([Dense(1)]).trace(X, Y), "no weights yet"),
]


@pytest.mark.parametrize(("call", "words"), BAD + ODD, ids=[words for _, words in BAD + ODD])
def test_bad_input_is_told_with_its_value(call, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        call()
