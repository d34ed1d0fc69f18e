"""Layers and activations are found in forward passes, however they are written."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from backproof.graph.segments import forward_pass, normalised_axis
from tests.gradcheck.recording import Tape

SHAPE = (5, 4)


def network(activation, *, weights=((3, 4), (4, 2)), inputs=(5, 3)):
    """x @ W0 -> activation -> @ W1, and its parts."""
    rng = np.random.default_rng(1)
    tape = Tape()
    x = tape.leaf(rng.normal(0, 1, inputs))
    first, second = (tape.leaf(rng.normal(0, 1, shape)) for shape in weights)
    z = x @ first
    a = activation(tape, z)
    return (first, second), z, a, a @ second


def where_relu(tape, z):
    return tape.add("where", np.where, (z > 0, z, 0.0))


ACTIVATIONS = {
    "sigmoid": lambda tape, z: 1 / (1 + np.exp(-z)),
    "sigmoid by powers": lambda tape, z: 1 / (1 + np.e**-z),
    "sigmoid by scipy": lambda tape, z: tape.add("expit", expit, (z,)),
    "sigmoid by tanh": lambda tape, z: 0.5 * (1 + np.tanh(z / 2)),
    "tanh": lambda tape, z: np.tanh(z),
    "tanh by exponentials": lambda tape, z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "scaled tanh": lambda tape, z: 1.7159 * np.tanh(2 / 3 * z),
    "relu by maximum": lambda tape, z: np.maximum(0, z),
    "relu by where": where_relu,
    "relu by product": lambda tape, z: z * (z > 0),
    "leaky relu": lambda tape, z: np.maximum(0.01 * z, z),
    "softplus": lambda tape, z: np.log(1 + np.exp(z)),
    "swish": lambda tape, z: z / (1 + np.exp(-z)),
}


def segments_of(parameters, output):
    forward = forward_pass([output.node], [p.node for p in parameters])
    return forward, [segment for layer in forward.layers for segment in layer.segments]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_one_segment_from_its_sum_to_its_value(name):
    parameters, z, a, output = network(ACTIVATIONS[name])
    forward, segments = segments_of(parameters, output)
    assert [(s.z.index, s.a.index, s.axis) for s in segments] == [(z.node.index, a.node.index, None)]
    assert [layer.weights for layer in forward.layers] == [[p.node.index] for p in parameters]


@pytest.mark.parametrize(
    "activation",
    [
        lambda tape, z: z,
        lambda tape, z: 2 * z + 1,
        lambda tape, z: z.reshape(5, 4),
        lambda tape, z: (z - z.mean(axis=0)) / 3.0,
    ],
)
def test_a_linear_layer_has_none(activation):
    parameters, _, _, output = network(activation)
    forward, segments = segments_of(parameters, output)
    assert not segments
    assert len(forward.layers) == 2


def row_softmax(tape, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def column_softmax(tape, z):
    e = np.exp(z)
    return e / e.sum(axis=0, keepdims=True)


@pytest.mark.parametrize(
    ("function", "axis"),
    [(row_softmax, 1), (column_softmax, 0), (lambda tape, z: tape.add("softmax", softmax, (z,), {"axis": 1}), 1)],
)
def test_a_softmax_is_a_segment_with_an_axis(function, axis):
    rng = np.random.default_rng(2)
    tape = Tape()
    weights = tape.leaf(rng.normal(0, 1, (3, 4)))
    z = tape.leaf(rng.normal(0, 1, (5, 3))) @ weights
    probabilities = function(tape, z)
    _, segments = segments_of([weights], probabilities)
    assert [(s.z.index, s.a.index, s.axis) for s in segments] == [(z.node.index, probabilities.node.index, axis)]


def test_a_mask_of_data_is_not_part_of_the_activation():
    mask = np.random.default_rng(3).integers(0, 2, SHAPE) / 0.5
    hidden = []

    def dropout(tape, z):
        hidden.append(np.tanh(z))
        return hidden[0] * mask

    parameters, z, _, output = network(dropout)
    _, segments = segments_of(parameters, output)
    assert [(s.z.index, s.a.index) for s in segments] == [(z.node.index, hidden[0].node.index)]


def test_element_loops_have_a_segment_per_unit_and_sample():
    tape = Tape()
    w = [tape.leaf(0.1 * (i + 1)) for i in range(6)]
    x = [tape.leaf(0.3), tape.leaf(-0.7)]
    hidden = []
    for j in range(2):
        s = tape.leaf(0.0)
        for i in range(2):
            s = s + w[2 * j + i] * x[i]
        hidden.append(np.tanh(s))
    output = w[4] * hidden[0] + w[5] * hidden[1]
    forward, segments = segments_of(w, output)
    assert [len(layer.segments) for layer in forward.layers] == [2, 0]
    assert [len(layer.weights) for layer in forward.layers] == [4, 2]
    assert [s.a.index for s in segments] == [h.node.index for h in hidden]


def test_biases_belong_to_the_layer_where_they_are_added():
    rng = np.random.default_rng(4)
    tape = Tape()
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
    p = {name: tape.leaf(rng.normal(0, 1, shape)) for name, shape in shapes.items()}
    hidden = np.tanh(tape.leaf(rng.normal(0, 1, (5, 3))) @ p["W1"] + p["b1"])
    output = p["b2"] + hidden @ p["W2"]
    forward = forward_pass([output.node], [v.node for v in p.values()])
    named = {v.node.index: name for name, v in p.items()}
    assert [[named[i] for i in layer.weights] for layer in forward.layers] == [["W1"], ["W2"]]
    assert [[named[i] for i in layer.biases] for layer in forward.layers] == [["b1"], ["b2"]]


def test_a_recurrent_network_is_one_layer():
    rng = np.random.default_rng(5)
    tape = Tape()
    w, u, v = (tape.leaf(rng.normal(0, 1, shape)) for shape in ((4, 2), (4, 4), (1, 4)))
    state = tape.leaf(np.zeros(4))
    for _ in range(3):
        state = np.tanh(w @ tape.leaf(rng.normal(0, 1, 2)) + u @ state)
    forward = forward_pass([(v @ state).node], [p.node for p in (w, u, v)])
    assert [(layer.low, layer.high) for layer in forward.layers] == [(1, 3), (4, 4)]
    assert len(forward.layers[0].segments) == 3


@pytest.mark.parametrize(
    ("values", "axis"),
    [
        ([[0.5, 0.5], [0.1, 0.9]], 1),
        ([[0.5, 0.2], [0.5, 0.8]], 0),
        ([0.2, 0.8], 0),
        ([[1.0], [1.0]], None),
        ([1.2, -0.2], None),
    ],
)
def test_the_axis_of_a_distribution(values, axis):
    assert normalised_axis(np.array(values)) == axis
