import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(100, 3)); y = X @ np.array([1.0, -2.0, 0.5]) + 0.3
theta = rng.normal(size=4)
w = theta[[0, 1, 2]]
b = theta[[3]]
for epoch in range(200):
    pred = X @ w + b
    err = pred - y
    grad = np.concatenate([X.T @ err, [err.sum()]]) / len(X)
    theta -= 0.1 * grad
    if epoch % 40 == 0:
        print(epoch, "loss", np.mean(err ** 2))
