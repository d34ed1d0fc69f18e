import numpy as np
from sklearn.datasets import make_blobs

X, y = make_blobs(n_samples=100, centers=[[-2, 0], [2, 1]], cluster_std=0.8, random_state=0)
y = np.where(y == 0, -1, 1)

class LinearSVM:
    def __init__(self, lam=0.01, rate=0.05, iters=400):
        self.lam, self.rate, self.iters = lam, rate, iters

    def fit(self, X, y):
        n, d = X.shape
        self.w = np.zeros(d)
        self.b = 0.0
        for k in range(self.iters):
            margin = y * (X @ self.w + self.b)
            loss = np.maximum(0, 1 - margin).mean() + self.lam / 2 * self.w @ self.w
            mask = margin < 1
            dw = self.lam * self.w - (y[mask, None] * X[mask]).sum(axis=0) / n
            db = -y[mask].sum() / n
            self.w = self.w - self.rate * dw
            self.b = self.b - self.rate * db
            if k % 100 == 0:
                print("iteration", k, "loss", round(float(loss), 4))
        return self

    def predict(self, X):
        return np.sign(X @ self.w + self.b)

svm = LinearSVM().fit(X, y)
print("accuracy", (svm.predict(X) == y).mean(), "w", svm.w, "b", svm.b)
