import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4))
y = X @ np.array([1.0, -2.0, 0.5, 0.3]) + 0.1 * rng.normal(size=50)
w = np.zeros(4)
for sweep in range(15):
    for j in range(4):
        r = y - X @ w
        w[j] = w[j] + X[:, j] @ r / (X[:, j] @ X[:, j])
    print(sweep, np.mean((y - X @ w) ** 2))
