"""Correct programs in several styles, for mistakes to be planted in."""

import numpy as np

from tests.gradcheck.recording import Program
from tests.gradcheck.sample_programs import CHAIN, LOOPS, VECTORS, normal


def rows(n, inputs, outputs, *, kind="unit"):
    """A batch with samples as rows."""

    def data(rng):
        x = rng.normal(0, 1, (n, inputs))
        if kind == "classes":
            return x, np.eye(outputs)[rng.integers(0, outputs, n)]
        return x, rng.uniform(0, 1, (n, outputs)) if kind == "unit" else rng.uniform(-1.5, 1.5, (n, outputs))

    return data


def columns(n, inputs, outputs):
    draw = rows(n, inputs, outputs, kind="binary")
    return lambda rng: tuple(array.T for array in draw(rng))


ROWS = Program(
    """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_deriv(x):
    return sigmoid(x) * (1 - sigmoid(x))

def step(p, x, y):
    z1 = x @ p["W1"] + p["b1"]
    a1 = sigmoid(z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = sigmoid(z2)
    z3 = a2 @ p["W3"] + p["b3"]
    a3 = sigmoid(z3)
    error = a3 - y
    d3 = error * sigmoid_deriv(z3)
    e2 = d3 @ p["W3"].T
    d2 = e2 * sigmoid_deriv(z2)
    e1 = d2 @ p["W2"].T
    d1 = e1 * sigmoid_deriv(z1)
    gW3 = a2.T @ d3
    gW2 = a1.T @ d2
    gW1 = x.T @ d1
    gb3 = d3.sum(axis=0)
    gb2 = d2.sum(axis=0)
    gb1 = d1.sum(axis=0)
    p["W3"] -= 0.1 * gW3
    p["W2"] -= 0.1 * gW2
    p["W1"] -= 0.1 * gW1
    p["b3"] -= 0.1 * gb3
    p["b2"] -= 0.1 * gb2
    p["b1"] -= 0.1 * gb1
    return a3
""",
    normal(W1=(3, 4), b1=(4,), W2=(4, 4), b2=(4,), W3=(4, 2), b3=(2,)),
    rows(6, 3, 2),
    name="rows",
)

COLUMNS = Program(
    """
def step(p, X, Y):
    m = X.shape[1]
    Z1 = np.dot(p["W1"], X) + p["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(p["W2"], A1) + p["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(p["W2"].T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    p["W1"] = p["W1"] - 1.2 * dW1
    p["b1"] = p["b1"] - 1.2 * db1
    p["W2"] = p["W2"] - 1.2 * dW2
    p["b2"] = p["b2"] - 1.2 * db2
    return A2
""",
    normal(W1=(4, 2), b1=(4, 1), W2=(1, 4), b2=(1, 1)),
    columns(7, 2, 1),
    loss="binary",
    name="columns",
)

SOFTMAX = Program(
    """
def step(p, X, Y):
    hidden = np.maximum(0, X @ p["W1"] + p["b1"])
    scores = hidden @ p["W2"] + p["b2"]
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = e / np.sum(e, axis=1, keepdims=True)
    dscores = (probs - Y) / len(X)
    dW2 = hidden.T @ dscores
    db2 = np.sum(dscores, axis=0)
    dhidden = dscores @ p["W2"].T
    dhidden = dhidden * (hidden > 0)
    dW1 = X.T @ dhidden
    db1 = np.sum(dhidden, axis=0)
    p["W1"] += -0.5 * dW1
    p["b1"] += -0.5 * db1
    p["W2"] += -0.5 * dW2
    p["b2"] += -0.5 * db2
    return probs
""",
    normal(W1=(3, 5), b1=(5,), W2=(5, 3), b2=(3,)),
    rows(8, 3, 3, kind="classes"),
    loss="categorical",
    name="softmax",
)

ABSORBED = Program(
    """
def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

def step(p, X, y):
    l0 = X
    l1 = nonlin(np.dot(l0, p["syn0"]))
    l2 = nonlin(np.dot(l1, p["syn1"]))
    l2_error = y - l2
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(p["syn1"].T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    p["syn1"] += l1.T.dot(l2_delta)
    p["syn0"] += l0.T.dot(l1_delta)
    return l2
""",
    normal(syn0=(3, 4), syn1=(4, 1)),
    lambda rng: (np.hstack([rng.normal(0, 1, (4, 2)), np.ones((4, 1))]), rng.uniform(0, 1, (4, 1))),
    name="absorbed",
)

SAMPLES = Program(
    """
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

def backprop(p, x, y):
    activations, zs = [x], []
    for w, b in (("w0", "b0"), ("w1", "b1"), ("w2", "b2")):
        zs.append(np.dot(p[w], activations[-1]) + p[b])
        activations.append(sigmoid(zs[-1]))
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla = {"b2": delta, "w2": np.dot(delta, activations[-2].T)}
    for l in (2, 3):
        sp = sigmoid_prime(zs[-l])
        delta = np.dot(p[f"w{4 - l}"].T, delta) * sp
        nabla[f"b{3 - l}"] = delta
        nabla[f"w{3 - l}"] = np.dot(delta, activations[-l - 1].T)
    return activations[-1], nabla

def step(p, xs, ys):
    total, outputs = {}, []
    for x, y in zip(xs, ys):
        output, nabla = backprop(p, x, y)
        outputs.append(output)
        for name, value in nabla.items():
            total[name] = total[name] + value if name in total else value
    for name, value in total.items():
        p[name] = p[name] - (3.0 / len(xs)) * value
    return outputs
""",
    normal(w0=(4, 3), b0=(4, 1), w1=(3, 4), b1=(3, 1), w2=(2, 3), b2=(2, 1)),
    lambda rng: (list(rng.normal(0, 1, (3, 3, 1))), list(rng.uniform(0, 1, (3, 2, 1)))),
    name="samples",
)

MATRIX = Program(
    """
def step(p, x, y):
    z1 = x * p["W1"]
    a1 = np.tanh(z1)
    out = a1 * p["W2"]
    delta2 = out - y
    delta1 = np.multiply(delta2 * p["W2"].T, 1 - np.power(a1, 2))
    p["W2"] = p["W2"] - 0.02 * (a1.T * delta2)
    p["W1"] = p["W1"] - 0.02 * (x.T * delta1)
    return out
""",
    lambda rng: {"W1": rng.normal(0, 1, (3, 4)).view(np.matrix), "W2": rng.normal(0, 1, (4, 2)).view(np.matrix)},
    lambda rng: (rng.normal(0, 1, (5, 3)).view(np.matrix), rng.uniform(-1, 1, (5, 2)).view(np.matrix)),
    name="matrix",
)

LEAKY = Program(
    """
def act(z):
    return np.where(z > 0, z, 0.1 * z)

def act_deriv(z):
    return np.where(z > 0, 1.0, 0.1)

def step(p, x, y):
    z1 = x @ p["W1"] + p["b1"]
    a1 = act(z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = act(z2)
    out = a2 @ p["W3"] + p["b3"]
    d3 = 2 * (out - y) / out.size
    d2 = d3 @ p["W3"].T * act_deriv(z2)
    d1 = d2 @ p["W2"].T * act_deriv(z1)
    p["W3"] -= 0.1 * a2.T @ d3
    p["b3"] -= 0.1 * d3.sum(axis=0, keepdims=True)
    p["W2"] -= 0.1 * a1.T @ d2
    p["b2"] -= 0.1 * d2.sum(axis=0, keepdims=True)
    p["W1"] -= 0.1 * x.T @ d1
    p["b1"] -= 0.1 * d1.sum(axis=0, keepdims=True)
    return out
""",
    normal(W1=(2, 5), b1=(1, 5), W2=(5, 5), b2=(1, 5), W3=(5, 1), b3=(1, 1)),
    rows(9, 2, 1, kind="free"),
    loss="mean",
    name="leaky",
)


PROGRAMS = {p.name: p for p in (ROWS, COLUMNS, SOFTMAX, VECTORS, LOOPS, CHAIN, ABSORBED, SAMPLES, MATRIX, LEAKY)}
