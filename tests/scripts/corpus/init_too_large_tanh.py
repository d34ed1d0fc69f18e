import numpy as np

rng = np.random.default_rng(6)
X = rng.uniform(-1, 1, (100, 4))
y = np.tanh(X[:, :1] + X[:, 1:2] - X[:, 2:3] * X[:, 3:])
W1, b1 = rng.normal(0, 20, (4, 10)), np.zeros(10)
W2, b2 = rng.normal(0, 20, (10, 10)), np.zeros(10)
W3, b3 = rng.normal(0, 0.3, (10, 1)), np.zeros(1)
for it in range(300):
    h1 = np.tanh(X @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    o = h2 @ W3 + b3
    d3 = 2 * (o - y) / len(X)
    d2 = d3 @ W3.T * (1 - h2 ** 2)
    d1 = d2 @ W2.T * (1 - h1 ** 2)
    for p, g in ((W3, h2.T @ d3), (b3, d3.sum(0)), (W2, h1.T @ d2), (b2, d2.sum(0)), (W1, X.T @ d1), (b1, d1.sum(0))):
        p -= 0.02 * g
    if it % 60 == 0:
        print(it, np.mean((o - y) ** 2))
