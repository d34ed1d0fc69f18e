import numpy as np

rng = np.random.RandomState(3)
x = rng.uniform(-2, 2, (60, 1))
t = np.sin(x)
V, v0 = rng.randn(1, 6), rng.randn(6)
W, w0 = rng.randn(6, 1) * 0.4, np.zeros(1)
eta = 0.002
for n in range(100):
    h = np.tanh(x @ V + v0)
    y = h @ W + w0
    e = t - y
    dh = e @ W.T
    W = W - eta * h.T @ e
    w0 = w0 - eta * e.sum(0)
    V = V + eta * x.T @ dh
    v0 = v0 + eta * dh.sum(0)
    if n % 20 == 0:
        print(n, 0.5 * np.mean(e ** 2))
