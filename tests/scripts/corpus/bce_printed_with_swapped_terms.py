import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(100, 2))
y = (X.sum(axis=1) > 0).astype(float)
w, b = np.zeros(2), 0.0
for i in range(200):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(1 - p) + (1 - y) * np.log(p))
    w -= 0.3 * X.T @ (p - y) / len(y)
    b -= 0.3 * np.mean(p - y)
    if i % 40 == 0:
        print("step", i, "loss", loss)
print("accuracy", np.mean((p > 0.5) == y))
