import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 0.3
try:
    X @ y
except ValueError as error:
    print("as expected:", error)
w, b = np.zeros(3), 0.0
for epoch in range(200):
    error = X @ w + b - y
    w -= 0.1 * X.T @ error / len(y)
    b -= 0.1 * error.mean()
    if epoch % 50 == 0:
        print(epoch, np.mean(error**2))
