"""Correct programs that take one sample a step, in vectors, lists and single numbers."""

from tests.gradcheck.recording import Program


def normal(**shapes):
    """Parameters drawn from a normal distribution."""
    return lambda rng: {k: rng.normal(0, 1, shape) if shape else float(rng.normal()) for k, shape in shapes.items()}


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
