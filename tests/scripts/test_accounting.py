"""Every array that feeds the predictions: forgotten ones are named to the line, what is fixed on purpose is not."""

import builtins
import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from backproof.findings import Finding, Severity, Verdict
from backproof.gradcheck.mistakes import HEADINGS, MISTAKES
from backproof.observers.numpy import NumpyRecorder, windows_of
from backproof.scripts import rewriting
from backproof.scripts.accounting import account, account_for_nothing
from backproof.scripts.judgement import Judgement, judge

# name: what is wrong, the line, the program
BROKEN = {
    "dict_forgotten": (
        "parameter-never-updated",
        4,
        """\
import numpy as np
def init(n, h, rng):
    W1, W2 = rng.normal(size=(n, h)), rng.normal(size=(h, 1))
    return {"W1": W1 * .5, "b1": np.zeros((1, h)), "W2": W2 * .5, "b2": np.ones((1, 1))}
def forward(p, X):
    A1 = np.tanh(X.dot(p["W1"]) + p["b1"])
    return A1, A1.dot(p["W2"]) + p["b2"]
def backward(p, X, A1, A2, Y):
    m = len(X)
    dZ2 = A2 - Y
    dZ1 = dZ2.dot(p["W2"].T) * (1 - A1 ** 2)
    db2, db1 = dZ2.sum(axis=0, keepdims=True) / m, dZ1.sum(axis=0, keepdims=True) / m
    return {"dW2": A1.T.dot(dZ2) / m, "db2": db2, "dW1": X.T.dot(dZ1) / m, "db1": db1}
def update(p, g, lr):
    W1, W2 = p["W1"] - lr * g["dW1"], p["W2"] - lr * g["dW2"]
    return {"W1": W1, "b1": p["b1"], "W2": W2, "b2": p["b2"] - lr * g["db2"]}
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 2)); Y = X[:, :1] ** 2
params = init(2, 6, rng)
for i in range(60):
    A1, A2 = forward(params, X)
    print(i, np.mean((A2 - Y) ** 2) / 2)
    params = update(params, backward(params, X, A1, A2, Y), .1)
""",
    ),
    "b_never_line": (
        "parameter-never-updated",
        7,
        """\
x = [1.0, 2.0, 3.0, 4.0]
y = [3.1, 5.2, 6.9, 9.1]
w, b = 0.0, 0.0
for epoch in range(100):
    gw = gb = loss = 0.0
    for xi, yi in zip(x, y):
        e = w * xi + b - yi
        gw += 2 * e * xi / 4
        gb += 2 * e / 4
        loss += e * e / 4
    w -= 0.01 * gw
    if epoch % 10 == 0: print(epoch, loss)
""",
    ),
    "list_bias": (
        "parameter-never-updated",
        5,
        """\
import numpy as np
np.random.seed(0)
sizes = [2, 5, 4, 1]
weights = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
biases = [np.random.randn(b) for b in sizes[1:]]
X = np.random.rand(30, 2); y = (X[:, :1] * X[:, 1:])
for it in range(100):
    acts = [X]
    for w, b in zip(weights, biases): acts.append(np.tanh(acts[-1] @ w + b))
    d = (acts[-1] - y) * (1 - acts[-1] ** 2)
    for k in range(len(weights) - 1, -1, -1):
        gw = acts[k].T @ d;
        nd = d @ weights[k].T * (1 - acts[k] ** 2)
        weights[k] = weights[k] - .05 * gw
        if k > 0: biases[k] = biases[k] - .05 * d.sum(0)
        d = nd
    if it % 10 == 0: print(np.mean((acts[-1] - y) ** 2))
""",
    ),
    "local_w": (
        "stale-parameters",
        11,
        """\
import numpy as np
class Model:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(3, 1)); self.b = np.zeros(1)
    def fit(self, X, y):
        W = self.W
        for i in range(50):
            p = X @ self.W + self.b
            e = p - y
            W = W - 0.1 * X.T @ e / len(X)
            self.b = self.b - 0.1 * e.mean(0)
            print(i, (e ** 2).mean())
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 3)); Model().fit(X, X @ np.array([[1.], [2], [3]]) + 1)
""",
    ),
    "assign_dw": (
        "update-assigns-instead-of-subtracts",
        11,
        """\
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(50, 2)); y = (X[:, :1] > 0) * 1.0
W1 = rng.normal(size=(2, 4)); b1 = np.zeros((1, 4)); W2 = rng.normal(size=(4, 1)); b2 = np.zeros((1, 1))
for i in range(50):
    h = np.tanh(X @ W1 + b1); o = 1 / (1 + np.exp(-(h @ W2 + b2)))
    d = (o - y) / 50
    dW2 = h.T @ d; db2 = d.sum(0, keepdims=True)
    dh = d @ W2.T * (1 - h * h)
    dW1 = X.T @ dh; db1 = dh.sum(0, keepdims=True)
    W2 = 0.5 * dW2
    b2 -= 0.5 * db2; W1 -= .5 * dW1; b1 -= .5 * db1
    print(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
""",
    ),
    "overwritten_all": (
        "gradient-overwritten-not-accumulated",
        10,
        """\
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(12, 3)); T = X @ rng.normal(size=(3, 2))
W = np.zeros((2, 3)); b = np.zeros(2)
for epoch in range(50):
    loss = 0
    for x, t in zip(X, T):
        o = W @ x + b
        loss += np.sum((o - t) ** 2) / 2
        gW = np.outer(o - t, x)
        gb = o - t
    W -= 0.1 * gW
    b -= 0.1 * gb
    print(epoch, loss)
""",
    ),
    "grads_keep": (
        "accumulator-not-reset",
        7,
        """\
import numpy as np
class Layer:
    def __init__(s, i, o, rng):
        s.W = rng.normal(size=(i, o)) * .4; s.b = np.zeros(o); s.dW, s.db = np.zeros((i, o)), np.zeros(o)
    def forward(s, x): s.x = x; s.y = np.tanh(x @ s.W + s.b); return s.y
    def backward(s, g):
        g = g * (1 - s.y ** 2); s.dW += s.x.T @ g; s.db += g.sum(0); return g @ s.W.T
    def step(s, lr): s.W -= lr * s.dW; s.b -= lr * s.db
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 2)); Y = np.sin(X[:, :1])
ls = [Layer(2, 5, rng), Layer(5, 1, rng)]
for i in range(40):
    a = X
    for l in ls: a = l.forward(a)
    g = 2 * (a - Y) / 20
    for l in reversed(ls): g = l.backward(g)
    for l in ls: l.step(.05)
    print(i, np.mean((a - Y) ** 2))
""",
    ),
    "loop_rebinding": (
        "update-wrong-variable",
        11,
        """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 2)); Y = X @ [[1.], [2]] + 1
params = [rng.normal(size=(2, 4)), np.zeros(4), rng.normal(size=(4, 1)), np.zeros(1)]
for i in range(40):
    W1, b1, W2, b2 = params
    h = np.tanh(X @ W1 + b1); o = h @ W2 + b2; d = 2 * (o - Y) / 20
    dz = d @ W2.T * (1 - h * h)
    grads = [X.T @ dz, dz.sum(0), h.T @ d, d.sum(0)]
    for p, g in zip(params, grads):
        p = p - 0.1 * g
    print(np.mean((o - Y) ** 2))
""",
    ),
    "no_error": (
        "missing-error-term",
        10,
        """\
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(50, 2)); y = X[:, :1] * 2 - X[:, 1:]
W1 = rng.normal(size=(2, 4)); b1 = np.zeros((1, 4)); W2 = rng.normal(size=(4, 1)); b2 = np.zeros((1, 1))
for i in range(50):
    h = np.tanh(X @ W1 + b1); o = h @ W2 + b2
    d = 2 * (o - y) / 50
    dh = d @ W2.T * (1 - h * h)
    W2 -= 0.1 * h.T @ d; b2 -= 0.1 * d.sum(0, keepdims=True)
    W1 -= .1 * X.T @ dh; b1 -= .1 * h.mean(0, keepdims=True)
    print(np.mean((o - y) ** 2))
""",
    ),
    "object_first": (
        "parameter-never-updated",
        4,
        """\
import numpy as np
class Net:
    def __init__(self, sizes, rng):
        self.layers = [{"w": rng.uniform(-1, 1, (a, b)) * np.sqrt(2 / a), "b": np.full(b, .1)}
                       for a, b in zip(sizes[:-1], sizes[1:])]
    def run(self, x):
        self.outs = [x]
        for layer in self.layers:
            self.outs.append(1 / (1 + np.exp(-(self.outs[-1].dot(layer["w"]) + layer["b"]))))
        return self.outs[-1]
    def learn(self, t, rate):
        delta = (self.outs[-1] - t) * self.outs[-1] * (1 - self.outs[-1])
        steps = []
        for k in reversed(range(len(self.layers))):
            steps.insert(0, (self.outs[k].T.dot(delta), delta.sum(axis=0)))
            delta = delta.dot(self.layers[k]["w"].T) * self.outs[k] * (1 - self.outs[k])
        for k in range(1, len(self.layers)):
            self.layers[k]["w"] -= rate * steps[k][0]
            self.layers[k]["b"] -= rate * steps[k][1]
rng = np.random.default_rng(21)
x = rng.random((25, 3)); t = (x.sum(axis=1, keepdims=True) > 1.4).astype(float)
net = Net([3, 6, 1], rng)
for turn in range(200):
    y = net.run(x)
    net.learn(t, .2)
    if turn % 20 == 0: print(turn, 0.5 * np.sum((y - t) ** 2))
""",
    ),
    "decay_sign": (
        "weight-decay-gradient-wrong",
        7,
        """\
import numpy as np
rng = np.random.default_rng(22)
X = rng.normal(size=(60, 5)); y = X @ rng.normal(size=5) + 1
w, b = rng.normal(size=5), 0.0
for i in range(80):
    r = X @ w + b - y
    w = w - .1 * (X.T @ r / 60) + .1 * .02 * w
    b = b - .1 * r.mean()
    print((r ** 2).mean() / 2 + .01 * (w @ w))
""",
    ),
    "integer_column": (
        "integer-weights",
        8,
        """\
import numpy as np
W = np.array([[1, -1, 2], [0, 1, -2]])
b = np.zeros(3)
X = np.random.default_rng(5).normal(size=(30, 2)); T = X @ [[2., -1.5, .5], [1., 1., -1.]]
for i in range(40):
    P = X @ W + b
    D = (P - T) / len(X)
    W[:] = W - 0.5 * X.T @ D
    b -= 0.5 * D.sum(0)
    if i % 5 == 0: print(np.sum(D * D))
""",
    ),
    "rms_no_square": (
        "optimizer-formula-wrong",
        10,
        """\
import numpy as np
rng = np.random.default_rng(23)
X = rng.normal(size=(40, 3)); Y = np.sin(X @ rng.normal(size=(3, 1)))
p = {"W1": rng.normal(size=(3, 7)) * .5, "W2": rng.normal(size=(7, 1)) * .5}
cache = {k: np.ones_like(v) for k, v in p.items()}
for i in range(60):
    h = np.tanh(X @ p["W1"]); o = h @ p["W2"]; d = 2 * (o - Y) / 40
    g = {"W2": h.T @ d, "W1": X.T @ ((d @ p["W2"].T) * (1 - h ** 2))}
    for k in p:
        cache[k] = 0.9 * cache[k] + 0.1 * np.abs(g[k])
        p[k] -= 0.01 * g[k] / (np.sqrt(cache[k]) + 1e-8)
    print(np.mean((o - Y) ** 2))
""",
    ),
    "wrong_source": (
        "update-wrong-variable",
        10,
        """\
import numpy as np
rng = np.random.default_rng(24)
X = rng.normal(size=(30, 4)); T = np.tanh(X @ rng.normal(size=(4, 4)))
class N: pass
n = N(); n.Wa = rng.normal(size=(4, 4)) * .3; n.Wb = rng.normal(size=(4, 4)) * .3
for i in range(50):
    h = np.tanh(X @ n.Wa); o = h @ n.Wb; d = (o - T) / 30
    ga, gb = X.T @ (d @ n.Wb.T * (1 - h ** 2)), h.T @ d
    n.Wa = n.Wa - .2 * ga
    n.Wb = n.Wa - .2 * gb
    print(np.sum((o - T) ** 2) / 60)
""",
    ),
    "turned_difference": (
        "wrong-sign-update",
        9,
        """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = X @ [1., -2., .5] + .3
w, c = rng.normal(size=3), .1
for i in range(60):
    e = X @ w + c - y
    gw, gc = X.T @ e / 40, e.mean()
    print(i, (e ** 2).mean() / 2)
    w = .1 * gw - w
    c = c - .1 * gc
""",
    ),
    "likelihood_falls": (
        "wrong-sign-update",
        9,
        """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)); y = (X @ [1., -2., .5] > 0) * 1.0
w = np.zeros(3) + .1
for i in range(60):
    p = 1 / (1 + np.exp(-X @ w))
    likelihood = np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
    print(i, -likelihood / 40)
    w += .1 * X.T @ (p - y) / 40
""",
    ),
    "own_slope_in_lists": (
        "upstream-gradient-dropped",
        24,
        """\
import math, random
random.seed(11)
wi = [[random.uniform(-1, 1) for h in range(3)] for i in range(2)]
wo = [random.uniform(-1, 1) for h in range(3)]
rows = [([0, 1], 0), ([1, 1], 1), ([1, 0], 1)]
for n in range(40):
    error = 0.0
    for x, t in rows:
        hs = []
        for h in range(3):
            s = 0.0
            for i in range(2):
                s += x[i] * wi[i][h]
            hs.append(math.tanh(s))
        s = 0.0
        for h in range(3):
            s += hs[h] * wo[h]
        out = math.tanh(s)
        error += 0.5 * (t - out) ** 2
        d = (t - out) * (1 - out ** 2)
        for h in range(3):
            d_h = 1 - hs[h] ** 2
            for i in range(2):
                wi[i][h] += 0.2 * d_h * x[i]
        for h in range(3):
            wo[h] += 0.2 * d * hs[h]
    print(error)
""",
    ),
    "equals_minus": (
        "update-assigns-instead-of-subtracts",
        12,
        """\
import random
random.seed(2)
pts = [(k / 4, 2 * k / 4 - 1) for k in range(8)]
a, c = random.random(), random.random()
for n in range(60):
    ga = gc = cost = 0.0
    for x, y in pts:
        err = a * x + c - y
        cost += err ** 2
        ga += err * x
        gc += err
    a =- 0.05 * ga
    c -= 0.05 * gc
    print(n, cost)
""",
    ),
}
HEALTHY = {
    "random_features": """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(-2, 2, (60, 1)); y = np.sin(2 * X)
W_in = rng.normal(0, 2, (1, 30)); b_in = rng.uniform(-2, 2, 30)
W_out = np.zeros((30, 1)); b_out = np.zeros(1)
for i in range(60):
    H = np.tanh(X @ W_in + b_in)
    P = H @ W_out + b_out
    E = P - y
    W_out -= 0.05 * H.T @ E / len(X)
    b_out -= 0.05 * E.mean(0)
    print(i, (E ** 2).mean())
""",
    "reservoir": """\
import numpy as np
rng = np.random.RandomState(3)
u = np.sin(np.arange(60) * 0.3); W = rng.randn(12, 12) * .2; W_in = rng.randn(12); w_out = np.zeros(12)
for epoch in range(6):
    h = np.zeros(12)
    tot = 0
    for t in range(59):
        h = np.tanh(W @ h + W_in * u[t])
        e = h @ w_out - u[t + 1]
        w_out -= 0.02 * e * h
        tot += e * e
    print(tot)
""",
    "rnn_h0": """\
import numpy as np
rng = np.random.RandomState(0)
Wx, Wh, b = rng.randn(5, 1) * .5, rng.randn(5, 5) * .3, np.zeros((5, 1))
Wy, by = rng.randn(1, 5) * .5, np.zeros((1, 1))
seqs = rng.randn(8, 6); goals = seqs.sum(1) * .3
h0 = np.zeros((5, 1))
for ep in range(10):
    L = 0
    for s, g in zip(seqs, goals):
        hs = [h0]
        for x in s:
            hs.append(np.tanh(Wx * x + Wh @ hs[-1] + b))
        out = Wy @ hs[-1] + by
        e = out - g
        L += float(0.5 * (e ** 2).sum())
        dWy, dby = e @ hs[-1].T, e
        dh = Wy.T @ e
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        for t in range(5, -1, -1):
            dz = dh * (1 - hs[t + 1] ** 2)
            dWx += dz * s[t]; dWh += dz @ hs[t].T; db += dz
            dh = Wh.T @ dz
        for p, d in ((Wx, dWx), (Wh, dWh), (b, db), (Wy, dWy), (by, dby)):
            p -= 0.05 * d
    print(ep, L)
""",
    "input_gradient": """\
import numpy as np
class Dense:
    def __init__(s, i, o): s.W = np.random.randn(i, o) * .5; s.b = np.zeros((1, o))
    def forward(s, x): s.x = x; return x @ s.W + s.b
    def backward(s, g, lr):
        dx = g @ s.W.T
        s.W -= lr * s.x.T @ g; s.b -= lr * g.sum(0, keepdims=True)
        return dx
class Tanh:
    def forward(s, x): s.y = np.tanh(x); return s.y
    def backward(s, g, lr): return g * (1 - s.y ** 2)
np.random.seed(4)
net = [Dense(2, 6), Tanh(), Dense(6, 1)]
x = np.array([[0.3, -1.2]]); y = np.array([[0.7]])
for i in range(40):
    a = x
    for l in net: a = l.forward(a)
    g = 2 * (a - y)
    print(float(((a - y) ** 2).sum()))
    for l in reversed(net): g = l.backward(g, .05)
""",
    "standardise_in_loop": """\
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(50, 10, (80, 3)); y = X @ np.array([1., -2, .5]) + 7
mu, sd = X.mean(0), X.std(0); ym = y.mean(); scale = 10.0; offset = 1.0
w = np.zeros(3); b = 0.0
for i in range(60):
    Z = (X - mu) / sd
    pred = Z @ w * scale + b + offset
    err = pred - y
    w -= 0.001 * Z.T @ err * scale / len(X)
    b -= 0.1 * err.mean()
    print(i, np.mean(err ** 2), err.mean())
""",
    "gcn": """\
import numpy as np
rng = np.random.default_rng(2)
A = (rng.random((12, 12)) < .3).astype(float); A = np.maximum(A, A.T) + np.eye(12)
D = A.sum(1); A = A / np.sqrt(np.outer(D, D))
X = rng.normal(size=(12, 4)); Y = np.eye(3)[rng.integers(0, 3, 12)]
W0 = rng.normal(size=(4, 5)) * .5; W1 = rng.normal(size=(5, 3)) * .5
for i in range(50):
    H = np.tanh(A @ X @ W0)
    S = A @ H @ W1
    P = np.exp(S); P /= P.sum(1, keepdims=True)
    dS = (P - Y) / 12
    dW1 = (A @ H).T @ dS
    dH = A.T @ dS @ W1.T * (1 - H ** 2)
    W0 -= .5 * (A @ X).T @ dH; W1 -= .5 * dW1
    print(i, -np.mean(np.log(P[Y == 1])))
""",
    "momentum_plain": """\
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(30, 2)); y = X @ [1., 2.] + .5
w = np.zeros(2); b = 0.0; vw = np.zeros(2); vb = 0.0
for i in range(50):
    e = X @ w + b - y
    vw = 0.9 * vw + 2 * X.T @ e / 30; vb = 0.9 * vb + 2 * e.mean()
    w = w - .02 * vw; b = b - .02 * vb
    print((e ** 2).mean())
""",
    "target_network": """\
import numpy as np
rng = np.random.default_rng(8)
S = rng.normal(size=(200, 3)); R = S[:, 0] * .5
w = rng.normal(size=3) * .1; target_w = w.copy()
for k in range(300):
    i = rng.integers(0, 199)
    q = S[i] @ w
    goal = R[i] + .9 * (S[i + 1] @ target_w)
    d = q - goal
    w -= .02 * d * S[i]
    if k % 50 == 49: target_w = w.copy(); print(k, d * d)
""",
    "accumulate_minibatches": """\
import numpy as np
rng = np.random.default_rng(9)
X = rng.normal(size=(64, 3)); y = np.tanh(X @ [1., -1, .5])[:, None]
W1 = rng.normal(size=(3, 6)) * .5; W2 = rng.normal(size=(6, 1)) * .5
for ep in range(20):
    g1 = np.zeros_like(W1); g2 = np.zeros_like(W2); L = 0
    for k in range(0, 64, 16):
        x, t = X[k:k+16], y[k:k+16]
        h = np.tanh(x @ W1); o = h @ W2; d = (o - t) / 64
        L += .5 * np.sum((o - t) ** 2) / 64
        g2 += h.T @ d; g1 += x.T @ (d @ W2.T * (1 - h ** 2))
    W1 -= .3 * g1; W2 -= .3 * g2
    print(ep, L)
""",
    "ridge_half_penalty": """\
import numpy as np
rng = np.random.default_rng(10)
X = rng.normal(size=(50, 4)); y = (X @ [1., -1, 2, 0] > 0) * 1.0
w = rng.normal(size=4); b = 0.0; lam = .1
for i in range(60):
    z = X @ w + b
    p = 1 / (1 + np.exp(-z))
    loss = np.mean(np.logaddexp(0, z) - y * z) + lam * np.sum(w ** 2)
    gw = X.T @ (p - y) / 50 + lam * w
    w -= .5 * gw; b -= .5 * np.mean(p - y)
    print(loss)
""",
    "prelu_fixed_slope": """\
import numpy as np
rng = np.random.default_rng(12)
X = rng.normal(size=(50, 2)); y = np.abs(X[:, :1]) - X[:, 1:]
alpha = 0.1; gain = np.ones(8); temperature = 2.0
W1 = rng.normal(size=(2, 8)); b1 = np.zeros(8); W2 = rng.normal(size=(8, 1)) * .3; b2 = np.zeros(1)
for i in range(50):
    z = X @ W1 + b1
    h = np.where(z > 0, z, alpha * z) * gain
    o = h @ W2 / temperature + b2
    d = 2 * (o - y) / 50
    dz = d / temperature @ W2.T * gain * np.where(z > 0, 1, alpha)
    W2 -= .1 * h.T @ d / temperature; b2 -= .1 * d.sum(0); W1 -= .1 * X.T @ dz; b1 -= .1 * dz.sum(0)
    print(np.mean((o - y) ** 2))
""",
    "adam_constant_init": """\
import numpy as np
x = np.array([[0., 0], [0, 1], [1, 0], [1, 1]]); y = np.array([[0.], [1], [1], [1]])
W1 = np.full((2, 3), .5); W2 = np.full((3, 1), .5)
m = [np.zeros_like(W1), np.zeros_like(W2)]; v = [np.zeros_like(W1), np.zeros_like(W2)]
for t in range(1, 61):
    h = 1 / (1 + np.exp(-x @ W1)); o = h @ W2; d = (o - y) / 2
    g = [x.T @ (d @ W2.T * h * (1 - h)), h.T @ d]
    for k, p in enumerate((W1, W2)):
        m[k] = .9 * m[k] + .1 * g[k]; v[k] = .99 * v[k] + .01 * g[k] ** 2
        p -= .05 * (m[k] / (1 - .9 ** t)) / (np.sqrt(v[k] / (1 - .99 ** t)) + 1e-8)
    print(np.mean((o - y) ** 2))
""",
    "positions_added": """\
import numpy as np
rng = np.random.default_rng(4)
pos = np.zeros((5, 3)); pos[:, 0] = .1; pos[2] = .3
class Lin:
    def __init__(s, i, o): s.W = rng.normal(size=(i, o)) * .4; s.b = np.zeros(o)
    def __call__(s, x): s.x = x; return x @ s.W + s.b
    def back(s, g):
        s.gW, s.gb = s.x.T @ g, g.sum(0)
        return g @ s.W.T
    def step(s): s.W -= .05 * s.gW; s.b -= .05 * s.gb
l1, l2 = Lin(3, 6), Lin(6, 1)
x = rng.normal(size=(5, 3)); y = np.sin(x[:, :1])
for i in range(60):
    a = np.tanh(l1(x + pos)); out = l2(a)
    g = (out - y) / 5
    l1.back(l2.back(g) * (1 - a ** 2)); l1.step(); l2.step()
    print((g * g).sum())
""",
    "gan_like_two_nets": """\
import numpy as np
rng = np.random.default_rng(6)
wg, bg = rng.normal(), 0.0; wd, bd = rng.normal(), 0.0
s = lambda z: 1 / (1 + np.exp(-z))
for i in range(80):
    z, real = rng.normal(size=16), rng.normal(3, .5, 16)
    fake = wg * z + bg
    pr, pf = s(wd * real + bd), s(wd * fake + bd)
    wd -= .05 * (((pr - 1) * real).mean() + (pf * fake).mean()); bd -= .05 * ((pr - 1).mean() + pf.mean())
    fake = wg * z + bg
    pf = s(wd * fake + bd)
    g = (pf - 1) * wd
    wg -= .05 * (g * z).mean(); bg -= .05 * g.mean()
    if i % 10 == 0: print(-np.log(pf).mean())
""",
    "sparse_vectors": """\
import numpy as np
rng = np.random.default_rng(7)
users = [rng.normal(size=4) * .3 for _ in range(6)]; items = [rng.normal(size=4) * .3 for _ in range(5)]
ratings = [(u, i, rng.uniform(1, 5)) for u in range(6) for i in range(5) if rng.random() < .7]
mean = np.mean([r for *_, r in ratings])
for ep in range(30):
    sq = 0
    for u, i, r in ratings:
        e = mean + users[u] @ items[i] - r
        users[u], items[i] = users[u] - .05 * e * items[i], items[i] - .05 * e * users[u]
        sq += e * e
    print(ep, sq / len(ratings))
""",
    "weight_norm": """\
import numpy as np
rng = np.random.default_rng(11)
X = rng.normal(size=(40, 3)); y = X @ [1., 2, -1] + .3
v = rng.normal(size=3); g = 1.0; b = 0.0
for i in range(80):
    n = np.sqrt((v ** 2).sum()); w = g * v / n
    e = X @ w + b - y
    gw = 2 * X.T @ e / 40
    dg = gw @ v / n
    dv = g / n * gw - g * dg / n ** 2 * v
    v = v - .05 * dv; g = g - .05 * dg; b = b - .1 * e.mean()
    print((e ** 2).mean())
""",
    "epoch_snapshot": """\
import numpy as np
rng = np.random.default_rng(13)
X = rng.normal(size=(30, 2)); y = X @ [1., -2.]
w = np.zeros(2); old = w.copy()
for ep in range(20):
    L = 0
    for x, t in zip(X, y):
        e = x @ old - t
        L += e * e
        w = w - .01 * e * x
    old = w.copy()
    print(ep, L)
""",
}
CORPUS = {
    "class_bias_never_updated": ("parameter-never-updated", 7),
    "first_layer_never_updated": ("parameter-never-updated", 7),
    "stale_copy_of_weights": ("stale-parameters", 10),
    "typo_assigns_minus": ("update-assigns-instead-of-subtracts", 13),
    "update_of_wrong_variable": ("update-wrong-variable", 17),
    "integer_weights_in_place": ("integer-weights", 5),
    "accumulator_never_reset": ("accumulator-not-reset", 15),
    "weight_decay_grows_weights": ("weight-decay-gradient-wrong", 16),
    "adam_second_moment_of_gradient": ("optimizer-formula-wrong", 18),
}
NEW_PAGES = sorted({rule for rule, _ in CORPUS.values()})


@pytest.fixture
def ticks() -> Iterator[None]:
    """Hooks of `while` loops are installed once per process: each program here has a recorder of its own."""
    vars(builtins).pop(rewriting.TICK, None)
    yield
    vars(builtins).pop(rewriting.TICK, None)


def accounted(path: Path) -> tuple[list[Finding], Judgement]:
    """What the accounting says of a program, and the verdicts."""
    watched = NumpyRecorder()
    watched.attach(str(path))
    try:
        code = watched.code_for(path.read_bytes(), str(path))
        with redirect_stdout(io.StringIO()):
            exec(code, {"__name__": "__main__", "__file__": str(path)})
    finally:
        watched.detach()
    sites, sources = watched.tracer.recorder.sites, watched.tracer.files
    windows = windows_of(watched.tracer)
    if not windows:
        judgement = account_for_nothing(watched.tracer.windows, sites, sources)
        return judgement.findings, judgement
    judgement = judge(windows[0], sites)
    found = account(windows[0], judgement, sites, sources)
    return [*judgement.findings, *found], judgement


def loud(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings if finding.severity is not Severity.NOTE]


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_program_is_named_to_the_line(name: str, tmp_path: Path) -> None:
    rule, line, source = BROKEN[name]
    path = tmp_path / f"{name}.py"
    path.write_text(source)
    findings, judgement = accounted(path)
    assert set(loud(findings)) == {rule}
    told = next(finding for finding in findings if finding.rule == rule)  # notes on the rate may stand beside it
    assert line in [place.line for place in told.where]
    assert told.evidence
    if told.severity is Severity.ERROR:
        assert Verdict.WRONG in [row.verdict for row in judgement.rows]


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_fixed_on_purpose_is_a_note_at_most(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(HEALTHY[name])
    findings, judgement = accounted(path)
    assert [rule for rule in loud(findings) if rule != "bias-gradient-wrong"] == []
    assert not any("not all arrays" in note for note in judgement.notes)


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_is_accounted_for(name: str) -> None:
    rule, line = CORPUS[name]
    findings, _ = accounted(Path(__file__).parent / "corpus" / f"{name}.py")
    places = {place.line for finding in findings if finding.rule == rule for place in finding.where}
    assert line in places


@pytest.mark.usefixtures("ticks")
def test_a_frozen_layer_with_a_gradient_is_left_alone(tmp_path: Path) -> None:
    _, _, source = BROKEN["dict_forgotten"]
    path = tmp_path / "frozen.py"
    path.write_text(source.replace("def init(", "frozen = ['b1']\ndef init("))
    assert loud(accounted(path)[0]) == []


@pytest.mark.parametrize("rule", NEW_PAGES)
def test_each_has_its_page(rule: str) -> None:
    assert all(f"{heading}:" in MISTAKES[rule].page for heading in HEADINGS)
