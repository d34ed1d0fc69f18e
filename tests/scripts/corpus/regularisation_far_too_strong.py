import numpy as np

rng = np.random.RandomState(2)
X = rng.uniform(-1, 1, (80, 2))
y = X[:, :1] * 2 - X[:, 1:]
W1, b1 = rng.randn(2, 8) * 0.7, np.zeros(8)
W2, b2 = rng.randn(8, 1) * 0.4, np.zeros(1)
lam = 5.0
for step in range(300):
    h = np.tanh(X @ W1 + b1)
    o = h @ W2 + b2
    mse = np.mean((o - y) ** 2)
    loss = mse + lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    d = 2 * (o - y) / len(X)
    dh = d @ W2.T * (1 - h ** 2)
    W2 -= 0.02 * (h.T @ d + 2 * lam * W2)
    b2 -= 0.02 * d.sum(0)
    W1 -= 0.02 * (X.T @ dh + 2 * lam * W1)
    b1 -= 0.02 * dh.sum(0)
    if step % 60 == 0:
        print("step", step, "loss", loss, "mse", mse)
