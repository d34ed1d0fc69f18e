import numpy as np

rng = np.random.default_rng(15)
X = rng.uniform(-1, 1, (100, 3))
Y = X[:, :1] - X[:, 1:2] * X[:, 2:]
W1, b1 = rng.normal(0, 0.8, (3, 20)), np.zeros(20)
W2, b2 = rng.normal(0, 0.3, (20, 1)), np.zeros(1)
for step in range(300):
    h = np.tanh(X @ W1 + b1)
    mask = (rng.random(h.shape) < 0.8) / 0.8
    hd = h * mask
    out = hd @ W2 + b2
    loss = np.mean((out - Y) ** 2)
    d = 2 * (out - Y) / len(X)
    dh = d @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * hd.T @ d
    b2 -= 0.1 * d.sum(axis=0)
    W1 -= 0.1 * X.T @ dh
    b1 -= 0.1 * dh.sum(axis=0)
    if step % 60 == 0:
        print("step", step, "loss", loss)
h = np.tanh(X @ W1 + b1)
print("without dropout", np.mean((h @ W2 + b2 - Y) ** 2))
