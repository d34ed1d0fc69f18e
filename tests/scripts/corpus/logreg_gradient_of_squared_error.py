import numpy as np

rng = np.random.RandomState(21)
X = rng.randn(90, 2)
y = (X[:, 0] - X[:, 1] > 0.1).astype(float)
w, b = np.zeros(2), 0.0
for i in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    slope = (p - y) * p * (1 - p)
    w -= 1.0 * X.T @ slope / len(y)
    b -= 1.0 * slope.mean()
    if i % 60 == 0:
        print("step", i, "cost", cost)
print("accuracy", np.mean((p > .5) == y))
