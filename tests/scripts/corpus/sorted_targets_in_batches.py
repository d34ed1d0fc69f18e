import numpy as np

rng = np.random.default_rng(0)
X = np.sort(rng.uniform(-3, 3, (80, 1)), axis=0)
order = np.argsort(np.sin(X[:, 0]))
X = X[order]
Y = np.sin(X)
W1 = rng.normal(size=(1, 12)) * 0.4
b1 = np.zeros(12)
W2 = rng.normal(size=(12, 1)) * 0.4
b2 = np.zeros(1)
rate = 0.4
for epoch in range(300):
    for i in range(0, 80, 8):
        x, t = X[i : i + 8], Y[i : i + 8]
        h = np.tanh(x @ W1 + b1)
        d = (h @ W2 + b2 - t) / 8
        dh = d @ W2.T * (1 - h * h)
        W2 -= rate * h.T @ d
        b2 -= rate * d.sum(0)
        W1 -= rate * x.T @ dh
        b1 -= rate * dh.sum(0)
    if epoch % 50 == 0:
        print(epoch, np.mean((np.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2))
