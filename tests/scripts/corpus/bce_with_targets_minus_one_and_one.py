import numpy as np
from sklearn.datasets import make_blobs

X, y = make_blobs(n_samples=80, centers=[[-1, -1], [1, 1]], cluster_std=0.6, random_state=0)
y = np.where(y == 1, 1.0, -1.0)
w, b = np.zeros(2), 0.0
for i in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    if i % 60 == 0:
        print("step", i, "loss", loss)
    w -= 0.3 * X.T @ (p - y) / len(y)
    b -= 0.3 * np.mean(p - y)
print("w", w, "b", b)
