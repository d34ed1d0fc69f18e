import numpy as np

rng = np.random.default_rng(4)
X = rng.uniform(-1, 1, (60, 2))
y = X[:, :1] * X[:, 1:] + 0.5 * X[:, :1] + 0.3
W1, b1 = np.zeros((2, 6)), np.zeros(6)
W2, b2 = np.zeros((6, 1)), np.zeros(1)
for epoch in range(300):
    h = np.tanh(X @ W1 + b1)
    o = h @ W2 + b2
    d = 2 * (o - y) / len(X)
    dh = d @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(0)
    W1 -= 0.1 * X.T @ dh
    b1 -= 0.1 * dh.sum(0)
    if epoch % 60 == 0:
        print(epoch, np.mean((o - y) ** 2))
