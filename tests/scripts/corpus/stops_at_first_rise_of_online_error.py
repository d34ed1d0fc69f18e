import numpy as np

rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (50, 2))
y = X[:, 0] - 2 * X[:, 1] + 0.5
w = rng.randn(2)
b = 0.0
error, n = 1.0, 0
while abs(error) > 0.05:
    k = n % len(X)
    error = w @ X[k] + b - y[k]
    w = w - 0.1 * error * X[k]
    b = b - 0.1 * error
    n += 1
    print("sample", n, "error", error)
print("stopped; mean squared error over all rows", np.mean((X @ w + b - y) ** 2))
