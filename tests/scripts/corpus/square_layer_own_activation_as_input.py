import numpy as np

rng = np.random.RandomState(9)
X = rng.uniform(-1, 1, (90, 2))
T = np.sin(3 * X[:, :1]) * X[:, 1:]
W1, b1 = rng.randn(2, 7), np.zeros(7)
W2, b2 = rng.randn(7, 7) * 0.4, np.zeros(7)
W3, b3 = rng.randn(7, 1) * 0.4, np.zeros(1)

for step in range(800):
    h1 = np.tanh(X @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    out = h2 @ W3 + b3
    d3 = (out - T) / len(X)
    d2 = (d3 @ W3.T) * (1 - h2 ** 2)
    d1 = (d2 @ W2.T) * (1 - h1 ** 2)
    W3 = W3 - 0.2 * h2.T @ d3
    b3 = b3 - 0.2 * d3.sum(0)
    W2 = W2 - 0.2 * h2.T @ d2
    b2 = b2 - 0.2 * d2.sum(0)
    W1 = W1 - 0.2 * X.T @ d1
    b1 = b1 - 0.2 * d1.sum(0)
    if step % 160 == 0:
        print(step, 0.5 * np.mean((out - T) ** 2))
