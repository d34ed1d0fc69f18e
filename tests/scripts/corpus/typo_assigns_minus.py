import numpy as np

np.random.seed(8)
X = np.random.randn(50, 3)
y = X @ np.array([1.0, -2.0, 0.5]) + 0.3
w = np.random.randn(3)
b = 0.0
for epoch in range(100):
    err = X @ w + b - y
    loss = np.mean(err ** 2)
    gw = 2 * X.T @ err / len(y)
    gb = 2 * err.mean()
    w =- 0.1 * gw
    b -= 0.1 * gb
    if epoch % 20 == 0:
        print("epoch", epoch, "loss", loss, "w", w)
