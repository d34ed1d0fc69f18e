"""One network in several styles must be found to be the same network; others must be told from it."""

from pathlib import Path

import numpy as np
import pytest

from backproof.scripts.network import Network, describe
from backproof.scripts.weights import evaluate
from tests.scripts.recording import ONE_BY_ONE, SETTING, STYLES, record

GIVEN: dict[str, list[list[float]]] = {}
exec(SETTING, GIVEN)
WEIGHTS = [np.array(GIVEN["W1"]), np.array(GIVEN["W2"])[:, None]]
BIASES = [np.array(GIVEN["B1"]), np.array([GIVEN["B2"]])]


@pytest.fixture(scope="module", params=sorted(STYLES))
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Network]:
    return request.param, describe(record(STYLES[request.param], tmp_path_factory.mktemp("style")))


def test_layers_are_found_in_every_style(found: tuple[str, Network]) -> None:
    _, network = found
    assert [(each.inputs, each.units, each.shape.name) for each in network.layers] == [
        (2, 3, "tanh"),
        (3, 1, "sigmoid"),
    ]
    assert [(each.has_bias, each.has_skip) for each in network.layers] == [(True, False), (True, False)]
    assert [each.shape.limits for each in network.layers] == [(-1, 1), (0, 1)]
    assert len({each.name for each in network.layers}) == 2


def test_data_is_found_in_every_style(found: tuple[str, Network]) -> None:
    _, network = found
    assert network.data is not None
    both = np.concatenate([network.data.inputs, network.data.targets], axis=1)
    true = np.concatenate([GIVEN["X"], np.array(GIVEN["Y"])[:, None]], axis=1)
    np.testing.assert_allclose(sorted(both.tolist()), sorted(true.tolist()))


def test_weights_of_the_first_step_are_those_of_the_source(found: tuple[str, Network]) -> None:
    style, network = found
    assert network.described is not None, network.why_not
    exact = style not in ONE_BY_ONE  # there the first step may be left out, as its parameters are constants
    for layer, weight, bias in zip(network.described.layers, WEIGHTS, BIASES, strict=True):
        assert layer.weight.shape == weight.shape
        assert layer.bias is not None
        np.testing.assert_allclose(layer.weight, weight, atol=1e-9 if exact else 0.3)
        np.testing.assert_allclose(layer.bias, bias, atol=1e-9 if exact else 0.3)


def test_loss_rate_and_batch_are_found_in_every_style(found: tuple[str, Network]) -> None:
    style, network = found
    assert network.described is not None
    size = 1 if style in ONE_BY_ONE else 5
    assert network.described.loss == "half_squared_error"
    assert network.described.batch_size == size
    assert network.described.learning_rate == pytest.approx(0.5 * size)
    assert network.rate is not None
    assert network.rate.own == pytest.approx(0.5)


def test_description_gives_what_was_predicted(found: tuple[str, Network]) -> None:
    _, network = found
    end = network.windows[-1]
    assert end.last is not None
    seen, data = end.steps[-1], network.data
    assert data is not None
    assert seen.outputs is not None
    assert seen.targets is not None
    rows = np.concatenate([evaluate(end.last, data.inputs), data.targets], axis=1)
    for pair in np.concatenate([seen.outputs, seen.targets], axis=1):
        assert np.min(np.abs(rows - pair).sum(1)) < 1e-9


LINE = """
import numpy as np
x = np.linspace(-1, 1, 20)
y = {target}
w, b = 0.1, 0.0
for step in range(100):
    p = w * x{bias}
    e = p - y
    w -= 0.1 * np.mean(e * x)
    b -= 0.1 * np.mean(e)
"""


def test_missing_bias_is_noticed(tmp_path: Path) -> None:
    without = describe(record(LINE.format(target="2 * x", bias=""), tmp_path))
    assert [layer.has_bias for layer in without.layers] == [False]
    with_bias = describe(record(LINE.format(target="2 * x", bias=" + b"), tmp_path))
    assert [layer.has_bias for layer in with_bias.layers] == [True]


LAYER = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(0, 1, (30, 2))
Y = X[:, :1] * X[:, 1:]
W1, W2 = rng.normal(0, 1, (2, 4)), rng.normal(0, 1, (4, 1))
for step in range(50):
    z = X @ W1
    a = {activation}
    p = a @ W2
    d = (p - Y) / 30
    g = (d @ W2.T) * ({derivative})
    W2 = W2 - 0.1 * a.T @ d
    W1 = W1 - 0.1 * X.T @ g
"""
SHAPES = [
    ("1 / (1 + np.exp(-z))", "a * (1 - a)", "sigmoid", (0, 1)),
    ("0.5 * (1 + np.tanh(0.5 * z))", "a * (1 - a)", "sigmoid", (0, 1)),
    ("0.5 * (1 + np.tanh(z))", "0.5 * (1 - np.tanh(z) ** 2)", "tanh", (0, 1)),
    ("(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))", "1 - a * a", "tanh", (-1, 1)),
    ("1.7159 * np.tanh(z)", "1.7159 - a * a / 1.7159", "tanh", (-1.7159, 1.7159)),
    ("np.maximum(0, z)", "(z > 0) * 1.0", "relu", (0, np.inf)),
    ("z * (z > 0)", "(z > 0) * 1.0", "relu", (0, np.inf)),
    ("np.where(z > 0, z, 0.01 * z)", "np.where(z > 0, 1.0, 0.01)", "leaky_relu", (-np.inf, np.inf)),
    ("np.where(z > 0, z, np.exp(z) - 1)", "np.where(z > 0, 1.0, a + 1)", "elu", (-1, np.inf)),
    ("np.log(1 + np.exp(z))", "1 / (1 + np.exp(-z))", "softplus", (0, np.inf)),
    ("z + 0", "1.0", "linear", (-np.inf, np.inf)),
    ("z ** 3", "3 * z ** 2", None, None),
]


@pytest.mark.parametrize(("activation", "derivative", "name", "limits"), SHAPES, ids=[s[0] for s in SHAPES])
def test_activation_is_recognised_by_what_it_computes(
    activation: str, derivative: str, name: str | None, limits: tuple[float, float] | None, tmp_path: Path
) -> None:
    network = describe(record(LAYER.format(activation=activation, derivative=derivative), tmp_path))
    shape = network.layers[0].shape
    assert shape.name == name
    assert shape.limits == (pytest.approx(limits) if limits is not None else None)


SKIP = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(0, 1, (20, 2)), rng.normal(0, 1, (20, 1))
W1, W2, W3 = rng.normal(0, 1, (2, 3)), rng.normal(0, 1, (3, 3)), rng.normal(0, 1, (3, 1))
for step in range(50):
    h = np.tanh(X @ W1)
    r = h + np.tanh(h @ W2)
    p = r @ W3
    d = (p - Y) / 20
    dr = d @ W3.T
    dz = dr * (1 - (r - h) ** 2)
    dh = dr + dz @ W2.T
    W3 = W3 - 0.1 * r.T @ d
    W2 = W2 - 0.1 * h.T @ dz
    W1 = W1 - 0.1 * X.T @ (dh * (1 - h * h))
"""


def test_network_with_a_skip_is_not_described(tmp_path: Path) -> None:
    network = describe(record(SKIP, tmp_path))
    assert [layer.has_skip for layer in network.layers] == [False, True, False]
    assert network.described is None
    assert "goes around" in network.why_not


DROPOUT = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(0, 1, (20, 2)), rng.normal(0, 1, (20, 1))
W1, W2 = rng.normal(0, 1, (2, 6)), rng.normal(0, 1, (6, 1))
for step in range(50):
    mask = (rng.random((20, 6)) < 0.5) / 0.5
    h = np.tanh(X @ W1)
    p = (h * mask) @ W2
    d = (p - Y) / 20
    dh = (d @ W2.T) * mask
    W2 = W2 - 0.1 * (h * mask).T @ d
    W1 = W1 - 0.1 * X.T @ (dh * (1 - h * h))
"""


def test_network_with_a_mask_is_not_described(tmp_path: Path) -> None:
    network = describe(record(DROPOUT, tmp_path))
    assert [layer.shape.name for layer in network.layers] == ["tanh", "linear"]
    assert network.described is None


MINIBATCHES = """
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(0, 1, (200, 3))
Y = np.tanh(X @ np.array([[1.0], [-2.0], [0.5]]))
W, b = np.zeros((3, 1)), np.zeros(1)
for epoch in range(20):
    order = rng.permutation(200)
    for k in range(0, 200, 20):
        xb, yb = X[order[k:k + 20]], Y[order[k:k + 20]]
        e = xb @ W + b - yb
        W = W - 0.1 * xb.T @ e / 20
        b = b - 0.1 * e.mean(0)
"""


def test_whole_data_is_found_behind_batches(tmp_path: Path) -> None:
    network = describe(record(MINIBATCHES, tmp_path))
    assert network.batch_size == 20
    assert network.data is not None
    assert network.data.whole
    assert network.data.inputs.shape == (200, 3)


SOFTMAX = """
import numpy as np
rng = np.random.default_rng(3)
labels = np.arange(30) % 3
X = rng.normal(0, 1, (30, 4)) + labels[:, None]
W, b = np.zeros((4, 3)), np.zeros(3)
T = np.eye(3)[labels]
for step in range(50):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = (p - T) / 30
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(0)
"""


def test_softmax_has_samples_and_classes(tmp_path: Path) -> None:
    network = describe(record(SOFTMAX, tmp_path))
    assert [(each.inputs, each.units, each.shape.name) for each in network.layers] == [(4, 3, "softmax")]
    assert network.batch_size == 30
    assert network.followed is not None
    assert network.followed.name == "categorical_cross_entropy"
    assert network.described is not None


def test_nothing_recorded_is_no_network() -> None:
    network = describe([])
    assert network.layers == ()
    assert network.described is None
    assert network.why_not
