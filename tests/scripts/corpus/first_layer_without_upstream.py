"""A small regression network with functions for each pass; the first layer's delta forgets what comes back to it."""
import numpy as np


def init(sizes, rng):
    return [(rng.normal(0, 1 / np.sqrt(a), (a, b)), np.zeros(b)) for a, b in zip(sizes, sizes[1:])]


def forward(params, x):
    (w0, b0), (w1, b1) = params
    hidden = np.tanh(x.dot(w0) + b0)
    return hidden, hidden.dot(w1) + b1


def backward(params, x, hidden, error):
    w1 = params[1][0]
    delta_out = 2 * error / len(x)
    delta_hidden = (1 - hidden ** 2) / len(x)
    return [(x.T.dot(delta_hidden), delta_hidden.sum(0)), (hidden.T.dot(delta_out), delta_out.sum(0))]


rng = np.random.default_rng(4)
x = rng.uniform(-2, 2, (120, 2))
y = np.sin(2 * x[:, :1]) * x[:, 1:]
params = init([2, 15, 1], rng)
for epoch in range(300):
    hidden, out = forward(params, x)
    grads = backward(params, x, hidden, out - y)
    params = [(w - 0.05 * gw, b - 0.05 * gb) for (w, b), (gw, gb) in zip(params, grads)]
    if epoch % 100 == 0:
        print(epoch, np.mean((out - y) ** 2))
