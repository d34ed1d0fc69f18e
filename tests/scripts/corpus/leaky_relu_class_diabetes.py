import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

class Regressor:
    def __init__(self, n_in, n_hidden=8, lr=0.02, epochs=60, batch=32, slope=0.1, seed=0):
        self.rng = np.random.default_rng(seed)
        self.w1 = self.rng.normal(0, np.sqrt(2 / n_in), (n_in, n_hidden))
        self.b1 = np.zeros(n_hidden)
        self.w2 = self.rng.normal(0, np.sqrt(1 / n_hidden), (n_hidden, 1))
        self.b2 = np.zeros(1)
        self.lr, self.epochs, self.batch, self.slope = lr, epochs, batch, slope

    def _hidden(self, X):
        z = X @ self.w1 + self.b1
        return z, np.maximum(z, self.slope * z)

    def predict(self, X):
        return (self._hidden(X)[1] @ self.w2 + self.b2)[:, 0]

    def fit(self, X, y):
        for epoch in range(self.epochs):
            order = self.rng.permutation(len(X))
            for i in range(0, len(X), self.batch):
                rows = order[i:i + self.batch]
                z, a = self._hidden(X[rows])
                delta = (a @ self.w2 + self.b2 - y[rows, None]) / len(rows)
                back = delta @ self.w2.T * np.where(z > 0, 1, self.slope)
                self.w2 -= self.lr * a.T @ delta
                self.b2 -= self.lr * delta.sum(axis=0)
                self.w1 -= self.lr * X[rows].T @ back
                self.b1 -= self.lr * back.sum(axis=0)
            if epoch % 20 == 0:
                print("epoch", epoch, "half mse", 0.5 * np.mean((self.predict(X) - y) ** 2))
        return self

X, y = load_diabetes(return_X_y=True)
X = X / X.std(axis=0)
y = (y - y.mean()) / y.std()
Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.25, random_state=1)
model = Regressor(X.shape[1]).fit(Xa, ya)
print("train mse", np.mean((model.predict(Xa) - ya) ** 2), "test mse", np.mean((model.predict(Xb) - yb) ** 2))
