import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(80, 3))
y = X @ np.array([2.0, -1.0, 0.5]) + 1.0
w, b = np.zeros(3), 0.0
rate = 1.5
for epoch in range(60):
    err = X @ w + b - y
    loss = np.mean(err ** 2)
    w -= rate * 2 * X.T @ err / len(y)
    b -= rate * 2 * err.mean()
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", loss)
