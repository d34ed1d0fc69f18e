"""The sweep: what it reaches, where it stops, what replaces a step of it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.graph.autodiff import DIFFERENCED, Differenced, adjoints, gradients, vjp
from backproof.graph.node import Node, Ref, Span, replay


@pytest.fixture
def network(record):
    """Two layers, tanh and sigmoid, cross-entropy and weight decay: loss and parameters."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 3)), rng.integers(0, 2, (5, 2)).astype(float)
    w1, b1, w2, b2 = (record.leaf(rng.normal(size=shape)) for shape in ((3, 4), (4,), (4, 2), (1, 2)))
    hidden = record("tanh", np.tanh, record("add", np.add, record("matmul", np.matmul, x, w1), b1))
    z = record("add", np.add, record("dot", np.dot, hidden, w2), b2)
    p = record("truediv", np.divide, 1, record("add", np.add, 1, record("exp", np.exp, record("neg", np.negative, z))))
    good = record("mul", np.multiply, y, record("log", np.log, p))
    bad = record("mul", np.multiply, 1 - y, record("log", np.log, record("sub", np.subtract, 1, p)))
    entropy = record("neg", np.negative, record("mean", np.mean, record("add", np.add, good, bad)))
    decay = record("mul", lambda a, b: a * b, 0.01, record("sum", np.sum, record("pow", np.power, w1, 2)))
    return record("add", lambda a, b: a + b, entropy, decay), [w1, b1, w2, b2], hidden, z, p, y


def order(loss):
    found, waiting = {}, [loss]
    while waiting:
        node = waiting.pop()
        found[node.index] = node
        waiting.extend(node.parents)
    return [found[index] for index in sorted(found)]


def test_a_network_agrees_with_replays_of_it(network):
    loss, parameters, *_ = network
    nodes = order(loss)
    for parameter, gradient in zip(parameters, gradients({loss: np.float64(1)}, parameters), strict=True):
        assert gradient.shape == parameter.shape
        for at in np.ndindex(parameter.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = parameter.value.copy()
                moved[at] += step
                values.append(replay(nodes, {parameter.index: moved})[loss.index])
            np.testing.assert_allclose(gradient[at], (values[0] - values[1]) / 2e-5, rtol=1e-6, atol=1e-9)


def test_the_adjoint_of_the_logits_is_prediction_minus_target(network):
    loss, _, _, z, p, y = network
    np.testing.assert_allclose(gradients({loss: 1.0}, [z])[0], (p.value - y) / y.size)


def test_stop_lets_nothing_through(network):
    loss, (w1, b1, _, b2), hidden, *_ = network
    arrived = adjoints({loss: 1.0}, stop={hidden.index})
    assert hidden.index in arrived
    assert b1.index not in arrived
    np.testing.assert_allclose(arrived[w1.index], 0.02 * w1.value)
    assert not gradients({loss: 1.0}, [b1], stop=[hidden.index])[0].any()
    assert gradients({loss: 1.0}, [b2], stop=[hidden.index])[0].any()


def test_floor_ends_the_sweep(network):
    loss, parameters, hidden, *_ = network
    arrived = adjoints({loss: 1.0}, floor=hidden.index)
    assert all(index >= min(parent.index for parent in hidden.parents) for index in arrived if index > 3)
    assert parameters[1].index not in arrived


def test_overrides_replace_one_step(network):
    loss, (w1, _, w2, _), hidden, *_ = network
    true, seen = gradients({loss: 1.0}, [w1, w2]), []

    def doubled(node, adjoint):
        seen.append((node, adjoint.shape, type(adjoint)))
        return [(parent, 2 * value) for parent, value in vjp(node, adjoint)]

    changed = gradients({loss: 1.0}, [w1, w2], overrides={hidden.index: doubled})
    assert seen == [(hidden, hidden.shape, np.ndarray)]
    np.testing.assert_allclose(changed[0] - 0.02 * w1.value, 2 * (true[0] - 0.02 * w1.value))
    np.testing.assert_array_equal(changed[1], true[1])


def test_overrides_of_scalars_get_arrays(record):
    x = record.leaf(2.0)
    y = record("square", lambda v: v * v, x)
    z = record("exp", math.exp, y)
    got = gradients({z: 1.0}, [x], overrides={y.index: lambda node, adjoint: [(x, adjoint.reshape(()))]})
    np.testing.assert_allclose(got[0], math.exp(4))


def test_seeds_of_several_nodes_add_up(record):
    x = record.leaf(np.array([1.0, 2.0]))
    y = record("square", np.square, x)
    z = record("sum", np.sum, y)
    np.testing.assert_array_equal(gradients({y: np.array([1.0, 0.0]), z: 10.0}, [x])[0], [22, 40])
    np.testing.assert_array_equal(gradients({z: 1.0}, [x, y])[1], [1, 1])
    assert gradients({z: 1.0}, []) == []


def test_seeds_and_other_adjoints_are_not_written_to(record):
    x = record.leaf(np.ones(2))
    seed = np.ones(2)
    y = record("add", np.add, x, x)
    z = record("add", np.add, y, x)
    arrived = adjoints({z: seed, x: seed})
    np.testing.assert_array_equal(arrived[x.index], 4)
    np.testing.assert_array_equal(arrived[y.index], 1)
    np.testing.assert_array_equal(seed, 1)


def test_a_long_chain_of_scalars(record):
    """Neither recursion nor a cost that grows faster than the chain: 30,000 nodes would else take minutes."""
    node = x = record.leaf(1.0)
    for _ in range(10_000):
        node = record("add", lambda a, b: a + b, record("mul", lambda a, b: a * b, node, 0.999), x)
    (got,) = gradients({node: 1.0}, [x])
    expected = 0.999**10_000 + (1 - 0.999**10_000) / 0.001
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert got.shape == ()
    assert got.dtype == np.float64


def test_a_wide_fan(record):
    x = record.leaf(np.ones(3))
    parts = [record("getitem", lambda v, i: v[i], x, i % 3) for i in range(3000)]
    (got,) = gradients({record("sum", np.sum, parts): 1.0}, [x])
    np.testing.assert_array_equal(got, 1000)


def test_unknown_operations_are_differenced_and_noted(record):
    DIFFERENCED.clear()
    x = record.leaf(np.array([0.3, 1e-6, 40.0, -0.2]))
    node = record("call", lambda v: np.cos(v) + np.expm1(v / 10), x)
    node.span = Span("train.py", 3, 0, 3, 10)
    (got,) = gradients({node: np.ones(4)}, [x])
    np.testing.assert_allclose(got, -np.sin(x.value) + np.exp(x.value / 10) / 10, rtol=1e-7)
    assert {Differenced("call", node.span)} == DIFFERENCED


@pytest.mark.parametrize("value", [1e-8, 1e-5, 1e-3, 0.5, 3.0, 1e4])
def test_differences_find_the_scale_of_an_element(record, value):
    node = record("call", lambda v: float(np.log(v)), value)
    np.testing.assert_allclose(vjp(node, np.float64(1))[0][1], 1 / value, rtol=1e-6)
    wave = record("call", lambda v: float(np.cos(v) * np.exp(-v)), min(value, 3.0))
    v = min(value, 3.0)
    np.testing.assert_allclose(vjp(wave, np.float64(1))[0][1], -np.exp(-v) * (np.cos(v) + np.sin(v)), rtol=1e-6)


def test_differences_of_several_operands_and_results(record):
    pair = record("call", lambda p, q: (p * q, p + q.sum()), 0.5, np.array([1.0, 2.0]))
    (_, by_p), (_, by_q) = vjp(pair, np.array([1.0, 10.0, 100.0]))
    np.testing.assert_allclose(by_p, 121)
    np.testing.assert_allclose(by_q, [100.5, 105])


def test_differences_in_single_precision(record):
    node = record("call", lambda v: np.sin(v.astype(np.float32)), np.array([0.5, 1.0]))
    np.testing.assert_allclose(vjp(node, np.ones(2))[0][1], np.cos([0.5, 1.0]), rtol=1e-3)


def fails(v):
    if v != 0.5:
        raise ValueError(v)
    return v


IMPOSSIBLE = {
    "random": lambda v: v + np.random.default_rng().normal(),
    "fails beside": fails,
    "infinite beside": lambda v: v if v == 0.5 else np.inf,
    "complex": lambda v: v + 1j,
}


@pytest.mark.parametrize("function", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_differentiated_is_nan(record, function):
    node = record("call", function, 0.5)
    DIFFERENCED.clear()
    assert np.isnan(vjp(node, np.float64(1))[0][1])
    assert DIFFERENCED


def test_random_numbers_are_not_drawn_again(record):
    generator = np.random.default_rng(0)
    node = record("normal", generator.normal, 0.5)
    state = generator.bit_generator.state
    assert np.isnan(vjp(node, np.float64(1))[0][1])
    assert generator.bit_generator.state == state


def test_complex_operands_are_nan_not_zero(record):
    x = record.leaf(np.array([0.5, 1.0]))
    node = record("abs", np.abs, record("fft", np.fft.fft, x))
    assert np.isnan(gradients({node: np.ones(2)}, [x])[0]).all()


def test_a_zero_adjoint_needs_no_differences(record):
    node = record("call", fails, 0.5)
    assert vjp(node, np.float64(0))[0][1] == 0


def test_no_derivative(record):
    x = record.leaf(np.array([0.5, 1.0]))
    for op, function in (
        ("gt", lambda v: v > 0.7),
        ("argmax", np.argmax),
        ("sign", np.sign),
        ("unknown", lambda v: "text"),
    ):
        assert vjp(record(op, function, x), np.ones(2)) == []


OPERATIONS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "tanh": np.tanh, "sin": np.sin, "maximum": np.maximum,
}  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12
    )
)
def test_random_programs_agree_with_differences(program):
    nodes = [
        Node(i, "leaf", value=value) for i, value in enumerate((0.3, np.array([0.7, -0.4]), np.array([[0.2], [-0.9]])))
    ]
    for op, *at in program:
        operands = tuple(Ref(nodes[i % len(nodes)]) for i in at[: OPERATIONS[op].nin])
        node = Node(len(nodes), op, OPERATIONS[op], operands)
        node.value = node.evaluate({})
        nodes.append(node)
    last, leaf = nodes[-1], nodes[1]
    (got,) = gradients({last: np.ones(last.shape)}, [leaf])
    for i in range(2):
        values = []
        for step in (1e-6, -1e-6):
            moved = leaf.value.copy()
            moved[i] += step
            values.append(np.sum(replay(nodes, {leaf.index: moved}).get(last.index, last.value)))
        scale = 1 + np.abs(last.value).max() + abs(got[i])
        np.testing.assert_allclose(got[i], (values[0] - values[1]) / 2e-6, atol=1e-6 * scale, rtol=1e-6)
