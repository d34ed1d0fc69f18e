import numpy as np

rng = np.random.RandomState(5)
X = rng.randn(50, 3)
y = X @ np.array([0.5, -1.0, 2.0]) - 0.2
weights = rng.randn(3) * 0.1
used = weights.copy()
bias = 0.0
for epoch in range(100):
    pred = X @ used + bias
    diff = pred - y
    weights -= 0.05 * 2 * X.T @ diff / len(y)
    bias -= 0.05 * 2 * diff.mean()
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", np.mean(diff ** 2))
