import numpy as np


class Regression:
    def __init__(self, features):
        self.weights = np.zeros(features, dtype=int)
        self.bias = 0

    def fit(self, X, y, rate=0.1, epochs=20):
        for _ in range(epochs):
            error = X @ self.weights + self.bias - y
            gradient = X.T @ error / len(y)
            self.weights -= rate * gradient
            self.bias -= rate * np.mean(error)


rng = np.random.default_rng(2)
X = rng.normal(size=(50, 3))
y = X @ np.array([1.5, -2.2, 0.3]) + 1
Regression(3).fit(X, y)
