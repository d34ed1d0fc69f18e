import numpy as np

class Linear:
    def __init__(self, i, o, rng):
        self.W, self.b = rng.normal(0, .5, (i, o)), np.zeros(o)
        self.gW, self.gb = np.zeros_like(self.W), np.zeros_like(self.b)
    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.gW += self.x.T @ g
        self.gb += g.sum(0)
        return g @ self.W.T

rng = np.random.default_rng(19)
x = rng.uniform(-1, 1, (60, 1)); y = np.sin(3 * x)
a, b = Linear(1, 10, rng), Linear(10, 1, rng)
for epoch in range(200):
    h = np.tanh(a(x))
    out = b(h)
    g = b.backward(2 * (out - y) / len(x))
    a.backward(g * (1 - h ** 2))
    for layer in (a, b):
        layer.W -= .05 * layer.gW
        layer.b -= .05 * layer.gb
    if epoch % 40 == 0: print(epoch, np.mean((out - y) ** 2))
