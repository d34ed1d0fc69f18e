import numpy as np

X = np.array([[0.5, 1.0], [1.5, -0.5], [-1.0, 2.0], [2.0, 1.0], [-0.5, -1.5]])
y = X @ np.array([1.7, -0.6]) + 0.4
w = np.array([3, -2])
b = 0.0
for epoch in range(50):
    err = X @ w + b - y
    grad = 2 * X.T @ err / len(y)
    for j in range(2):
        w[j] = w[j] - 0.05 * grad[j]
    b -= 0.05 * 2 * err.mean()
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", np.mean(err ** 2), "w", w)
