import numpy as np

rng = np.random.default_rng(9)
labels = rng.integers(0, 2, 150)
X = rng.normal(0, 0.5, (150, 2)) + np.where(labels[:, None] == 1, 1.5, -1.5)
W, b = np.zeros((2, 1)), 0.0
for epoch in range(3):
    for k in rng.permutation(150):
        p = 1 / (1 + np.exp(-(X[k] @ W + b)))
        e = p - labels[k]
        W -= 0.5 * np.outer(X[k], e)
        b -= 0.5 * e
p = 1 / (1 + np.exp(-(X @ W + b)))
print("accuracy", np.mean((p[:, 0] > 0.5) == labels))
