"""Correct programs in several styles, and edits that plant a mistake in them."""

import numpy as np
from tests.gradcheck.recording import Program


def normal(**shapes):
    """Parameters drawn from a normal distribution."""
    return lambda rng: {k: rng.normal(0, 1, shape) if shape else float(rng.normal()) for k, shape in shapes.items()}


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
    '''
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
''',
    normal(W1=(3, 4), b1=(4,), W2=(4, 4), b2=(4,), W3=(4, 2), b3=(2,)),
    rows(6, 3, 2),
    name="rows",
)

COLUMNS = Program(
    '''
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
''',
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

VECTORS = Program(
    """
def tanh_prime(z):
    return 1 - np.tanh(z) ** 2

def step(p, x, y):
    z = p["W"] @ x + p["b"]
    h = np.tanh(z)
    out = p["v"] @ h + p["c"]
    delta = out - y
    grad_v = delta * h
    delta_h = delta * p["v"] * tanh_prime(z)
    grad_W = np.outer(delta_h, x)
    p["v"] = p["v"] - 0.05 * grad_v
    p["c"] = p["c"] - 0.05 * delta
    p["W"] = p["W"] - 0.05 * grad_W
    p["b"] = p["b"] - 0.05 * delta_h
    return out
""",
    normal(W=(5, 3), b=(5,), v=(5,), c=()),
    lambda rng: (rng.normal(0, 1, 3), float(rng.uniform(-1, 1))),
    name="vectors",
)

LOOPS = Program(
    """
def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))

def dsigmoid(y):
    return y * (1.0 - y)

def step(p, inp, target):
    wi, wo = p["wi"], p["wo"]
    ah = [0.0] * 3
    ao = [0.0] * 2
    for j in range(3):
        s = 0.0
        for i in range(2):
            s = s + inp[i] * wi[i][j]
        ah[j] = sigmoid(s)
    for k in range(2):
        s = 0.0
        for j in range(3):
            s = s + ah[j] * wo[j][k]
        ao[k] = sigmoid(s)
    od = [0.0] * 2
    for k in range(2):
        e = target[k] - ao[k]
        od[k] = dsigmoid(ao[k]) * e
    hd = [0.0] * 3
    for j in range(3):
        e = 0.0
        for k in range(2):
            e = e + od[k] * wo[j][k]
        hd[j] = dsigmoid(ah[j]) * e
    changes = [[od[k] * ah[j] for k in range(2)] for j in range(3)]
    p["wo"] = p["wo"] + 0.5 * np.array(changes)
    changes = [[hd[j] * inp[i] for j in range(3)] for i in range(2)]
    p["wi"] = p["wi"] + 0.5 * np.array(changes)
    return ao
""",
    normal(wi=(2, 3), wo=(3, 2)),
    lambda rng: (list(rng.normal(0, 1, 2)), list(rng.uniform(0, 1, 2))),
    name="loops",
)

CHAIN = Program(
    """
def sigma(z):
    return 1 / (1 + math.exp(-z))

def step(p, x, y):
    z2 = p["w2"] * x
    a2 = sigma(z2)
    z3 = p["w3"] * a2
    a3 = sigma(z3)
    d3 = 2 * (a3 - y) * (a3 * (1 - a3))
    g3 = d3 * a2
    g2 = d3 * p["w3"] * a2 * (1 - a2) * x
    p["w3"] = p["w3"] - 0.5 * g3
    p["w2"] = p["w2"] - 0.5 * g2
    return a3
""",
    normal(w2=(), w3=()),
    lambda rng: (float(rng.normal(0, 2)), float(rng.uniform(0, 1))),
    name="chain",
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
    lambda rng: {"W1": np.asmatrix(rng.normal(0, 1, (3, 4))), "W2": np.asmatrix(rng.normal(0, 1, (4, 2)))},
    lambda rng: (np.asmatrix(rng.normal(0, 1, (5, 3))), np.asmatrix(rng.uniform(-1, 1, (5, 2)))),
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

PROGRAMS = {
    p.name: p
    for p in (ROWS, COLUMNS, SOFTMAX, VECTORS, LOOPS, CHAIN, ABSORBED, SAMPLES, MATRIX, LEAKY)
}

# Program, edits (old, new), and the rules that must be named, no others; None: nothing is wrong with it.
WRONG_ARGUMENT = "activation-derivative-wrong-argument"
MISSING = "missing-activation-derivative"
OTHER = "wrong-activation-derivative"
OPERAND = "wrong-operand-in-chain"
DROPPED = "upstream-gradient-dropped"
TRANSPOSED = "transposed-gradient"
UPDATED = "weights-updated-before-used"
BIAS = "bias-gradient-wrong"
LOSS = "wrong-loss-derivative"
NO_ERROR = "missing-error-term"
SIGN = "wrong-sign-update"
FACTOR = "constant-factor-only"
NEVER = "parameter-never-updated"
DECAY = "weight-decay-gradient-wrong"
SOFT = "softmax-gradient-wrong"
OVERWRITTEN = "gradient-overwritten-not-accumulated"
SUMMED = "batch-gradient-not-averaged"

PLANTED = [
    ("rows", [("sigmoid_deriv(z3)", "sigmoid_deriv(a3)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(a2)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)"), ("sigmoid_deriv(z2)", "sigmoid_deriv(a2)")], {WRONG_ARGUMENT}),
    ("rows", [("sigmoid(x) * (1 - sigmoid(x))", "x * (1 - x)")], {WRONG_ARGUMENT}),
    ("rows", [(" * sigmoid_deriv(z3)", "")], {LOSS}),  # the exact gradient of cross-entropy: a note
    ("rows", [(" * sigmoid_deriv(z2)", "")], {MISSING}),
    ("rows", [(" * sigmoid_deriv(z1)", "")], {MISSING}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid(z2)")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(z2) ** 2")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "(1 - a2 ** 2)")], {OTHER}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid_deriv(z1)")], {OPERAND}),
    ("rows", [("e2 = d3 @", "e2 = error @")], {OPERAND}),
    ("rows", [("e1 = d2 @", "e1 = e2 @")], {OPERAND}),
    ("rows", [("gW2 = a1.T", "gW2 = a2.T")], {OPERAND}),
    ("rows", [("gW2 = a1.T", "gW2 = z1.T")], {OPERAND}),
    ("rows", [("gW3 = a2.T", "gW3 = z2.T"), ("gW2 = a1.T", "gW2 = z1.T")], {OPERAND}),
    ("rows", [("gW2 = a1.T @ d2", "gW2 = a1.T @ e2")], {MISSING}),
    ("rows", [('e1 = d2 @ p["W2"].T', 'e1 = d2 @ p["W2"]')], {TRANSPOSED}),
    ("rows", [('e1 = d2 @ p["W2"].T', "e1 = d2")], {DROPPED}),
    ("rows", [("    error = a3 - y", "    error = y - a3")], {SIGN}),
    ("rows", [('p["W2"] -=', 'p["W2"] +=')], {SIGN}),
    ("rows", [('p["b2"] -=', 'p["b2"] +=')], {SIGN}),
    ("rows", [("d2 = e2", "d2 = -e2")], {SIGN}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = d2.mean(axis=0)")], {BIAS}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = e2.sum(axis=0)")], {BIAS}),
    ("rows", [("gb2 = d2.sum(axis=0)", "gb2 = d2.sum()")], {BIAS}),
    ("rows", [("gb3 = d3.sum", "gb3 = d3.mean"), ("gb2 = d2.sum", "gb2 = d2.mean"), ("gb1 = d1.sum", "gb1 = d1.mean")], {BIAS}),
    ("rows", [("error = a3 - y", "error = (a3 - y) ** 2")], {LOSS}),
    ("rows", [("error = a3 - y", "error = abs(a3 - y)")], {LOSS}),
    ("rows", [("error = a3 - y", "error = a3")], {NO_ERROR}),
    ("rows", [("d3 = error * sigmoid_deriv(z3)", "d3 = sigmoid_deriv(z3)")], {NO_ERROR}),
    ("rows", [('    p["W2"] -= 0.1 * gW2\n', "")], {NEVER}),
    ("rows", [('0.1 * gW2', '(0.1 * gW2 + 0.003 * p["W2"])')], {DECAY}),
    ("rows", [("0.1 * gW2", "0.2 * gW2")], {FACTOR}),
    ("rows", [("    gW3 =", '    p["W2"] -= 0.0 * d2.sum()\n    gW3 =')], None),
    ("rows", [('    e2 = d3', '    p["W3"] -= 0.1 * (a2.T @ d3)\n    e2 = d3'), ('    p["W3"] -= 0.1 * gW3\n', "")], {UPDATED}),
    ("columns", [("1 - np.power(A1, 2)", "1 - np.power(Z1, 2)")], {WRONG_ARGUMENT}),
    ("columns", [("1 - np.power(A1, 2)", "1 - np.tanh(A1) ** 2")], {WRONG_ARGUMENT}),
    ("columns", [("(1 - np.power(A1, 2))", "A1 * (1 - A1)")], {OTHER}),
    ("columns", [(" * (1 - np.power(A1, 2))", "")], {MISSING}),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)")], {LOSS}),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = Y - A2")], {SIGN}),
    ("columns", [("dZ1, axis=1, keepdims=True) / m", "dZ1, axis=1, keepdims=True)")], {BIAS}),
    ("columns", [("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)")], {SUMMED}),
    ("columns", [("np.dot(dZ2, A1.T)", "np.dot(dZ2, Z1.T)")], {OPERAND}),
    ("softmax", [("    dhidden = dhidden * (hidden > 0)\n", "")], {MISSING}),
    ("softmax", [("(probs - Y) / len(X)", "(probs - Y) * probs * (1 - probs) / len(X)")], {SOFT}),
    ("softmax", [("(probs - Y)", "(Y - probs)")], {SIGN}),
    ("softmax", [("dhidden * (hidden > 0)", "dhidden * (dhidden > 0)")], {OTHER}),
    ("softmax", [("dhidden * (hidden > 0)", "dhidden * hidden")], {OTHER}),
    ("softmax", [('dW1 = X.T @ dhidden', 'dW1 = X.T @ dhidden + 0.01 * p["W1"]')], {DECAY}),
    ("softmax", [("db1 = np.sum(dhidden, axis=0)", "db1 = np.mean(dhidden, axis=0)")], {BIAS}),
    ("vectors", [("* tanh_prime(z)", "* tanh_prime(h)")], {WRONG_ARGUMENT}),
    ("vectors", [("1 - np.tanh(z) ** 2", "1 - z ** 2")], {WRONG_ARGUMENT}),
    ("vectors", [(" * tanh_prime(z)", "")], {MISSING}),
    ("vectors", [('delta * p["v"] * tanh_prime(z)', 'delta * tanh_prime(z)')], {DROPPED}),
    ("vectors", [('delta * p["v"] * tanh_prime(z)', 'delta * np.dot(p["v"], tanh_prime(z)) * np.ones(5)')], {OPERAND}),
    ("vectors", [("grad_v = delta * h", "grad_v = delta * z")], {OPERAND}),
    ("vectors", [("delta = out - y", "delta = y - out")], {SIGN}),
    ("vectors", [("delta = out - y", "delta = (out - y) ** 2")], {LOSS}),
    ("vectors", [("0.05 * delta_h", "0.5 * delta_h")], {BIAS}),
    ("loops", [("y * (1.0 - y)", "sigmoid(y) * (1.0 - sigmoid(y))")], {WRONG_ARGUMENT}),
    ("loops", [("y * (1.0 - y)", "1.0 - y ** 2")], {OTHER}),
    ("loops", [("hd[j] = dsigmoid(ah[j]) * e", "hd[j] = e")], {MISSING}),
    ("loops", [("e = target[k] - ao[k]", "e = ao[k] - target[k]")], {SIGN}),
    ("loops", [("e + od[k] * wo[j][k]", "e + od[k]")], {DROPPED}),
    ("loops", [("hd[j] * inp[i]", "hd[j] * ah[j]")], {OPERAND}),
    ("loops", [("hd[j] * inp[i]", "hd[j]")], {OPERAND}),
    ("chain", [("a2 * (1 - a2) * x", "sigma(a2) * (1 - sigma(a2)) * x")], {WRONG_ARGUMENT}),
    ("chain", [("a2 * (1 - a2) * x", "z2 * (1 - z2) * x")], {WRONG_ARGUMENT}),
    ("chain", [("* a2 * (1 - a2) * x", "* x")], {MISSING}),
    ("chain", [('d3 * p["w3"] * a2', "d3 * a2")], {DROPPED}),
    ("chain", [('g2 = d3 * p["w3"]', 'g2 = 2 * (a3 - y) * p["w3"]')], {OPERAND}),
    ("chain", [("* (1 - a2) * x", "* (1 - a2)")], {OPERAND}),
    ("chain", [("2 * (a3 - y)", "2 * (y - a3)")], {SIGN}),
    ("chain", [("2 * (a3 - y) * (a3", "(a3 - y) ** 2 * (a3")], {LOSS}),
    ("absorbed", [("l2_error * nonlin(l2, deriv=True)", "l2_error")], {LOSS}),
    ("absorbed", [("l1_error * nonlin(l1, deriv=True)", "l1_error")], {MISSING}),
    ("absorbed", [("l2_delta.dot", "l2_error.dot")], {OPERAND}),
    ("absorbed", [('nonlin(l1, deriv=True)', 'nonlin(np.dot(l0, p["syn0"]), deriv=True)')], {WRONG_ARGUMENT}),
    ("absorbed", [("l2_error = y - l2", "l2_error = l2 - y")], {SIGN}),
    ("absorbed", [('p["syn1"] +=', 'p["syn1"] -=')], {SIGN}),
    ("absorbed", [('    p["syn1"] += l1.T.dot(l2_delta)\n', ""), ("    l1_error", '    p["syn1"] += l1.T.dot(l2_delta)\n    l1_error')], {UPDATED}),
    ("samples", [("sp = sigmoid_prime(zs[-l])", "sp = sigmoid_prime(activations[-l])")], {WRONG_ARGUMENT}),
    ("samples", [("sp = sigmoid_prime(zs[-l])", "sp = 1.0")], {MISSING}),
    ("samples", [("(activations[-1] - y)", "(y - activations[-1])")], {SIGN}),
    ("samples", [('nabla[f"b{3 - l}"] = delta', 'nabla[f"b{3 - l}"] = -delta')], {SIGN}),
    ("samples", [("np.dot(delta, activations[-l - 1].T)", "np.dot(delta, (zs[-l - 1] if l < 3 else x).T)")], {OPERAND}),
    ("samples", [('for name, value in total.items():', 'for name, value in nabla.items():')], {OVERWRITTEN}),
    ("matrix", [("np.multiply(delta2 * p[\"W2\"].T, 1 - np.power(a1, 2))", 'delta2 * p["W2"].T')], {MISSING}),
    ("matrix", [("np.power(a1, 2))", "np.power(z1, 2))")], {WRONG_ARGUMENT}),
    ("matrix", [("delta2 = out - y", "delta2 = y - out")], {SIGN}),
    ("leaky", [("act_deriv(z1)", "(z1 > 0)")], {OTHER}),
    ("leaky", [(" * act_deriv(z2)", "")], {MISSING}),
    ("leaky", [('d2 @ p["W2"].T', 'd2 @ p["W2"]')], {TRANSPOSED}),
    ("leaky", [('d2 @ p["W2"].T', "d2")], {DROPPED}),
]  # fmt: skip

PAIRS = [
    ("rows", [("sigmoid_deriv(z1)", "sigmoid_deriv(a1)"), ('e1 = d2 @ p["W2"].T', 'e1 = d2 @ p["W2"]')], {WRONG_ARGUMENT, TRANSPOSED}),
    ("rows", [("error = a3 - y", "error = y - a3"), (" * sigmoid_deriv(z1)", "")], {SIGN, MISSING}),
    ("rows", [("error = a3 - y", "error = (a3 - y) ** 2"), ("gW2 = a1.T", "gW2 = a2.T")], {LOSS, OPERAND}),
    ("rows", [("gb2 = d2.sum", "gb2 = d2.mean"), ("sigmoid_deriv(z3)", "sigmoid_deriv(a3)")], {BIAS, WRONG_ARGUMENT}),
    ("rows", [("sigmoid_deriv(z2)", "sigmoid(z2)"), ("e2 = d3 @", "e2 = error @")], {OTHER, OPERAND}),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = Y - A2"), ("1 - np.power(A1, 2)", "1 - np.power(Z1, 2)")], {SIGN, WRONG_ARGUMENT}),
    ("softmax", [("(hidden > 0)", "hidden"), ("db2 = np.sum", "db2 = np.mean")], {OTHER, BIAS}),
    ("vectors", [("delta = out - y", "delta = y - out"), ("* tanh_prime(z)", "* tanh_prime(h)")], {SIGN, WRONG_ARGUMENT}),
    ("vectors", [('* p["v"] * tanh_prime(z)', "* tanh_prime(h)")], {DROPPED, WRONG_ARGUMENT}),
    ("loops", [("hd[j] = dsigmoid(ah[j]) * e", "hd[j] = e"), ("target[k] - ao[k]", "ao[k] - target[k]")], {MISSING, SIGN}),
    ("loops", [("e + od[k] * wo[j][k]", "e + od[k]"), ("dsigmoid(ah[j])", "dsigmoid(sigmoid(ah[j]))")], {DROPPED, WRONG_ARGUMENT}),
    ("absorbed", [("l2_delta.dot", "l2_error.dot"), ("l1_error * nonlin(l1, deriv=True)", "l1_error")], {OPERAND, MISSING}),
    ("samples", [("zs[-l])", "activations[-l])"), ("(activations[-1] - y)", "(y - activations[-1])")], {WRONG_ARGUMENT, SIGN}),
    ("leaky", [("act_deriv(z1)", "(z1 > 0)"), ('d2 @ p["W2"].T', 'd2 @ p["W2"]')], {OTHER, TRANSPOSED}),
]  # fmt: skip
