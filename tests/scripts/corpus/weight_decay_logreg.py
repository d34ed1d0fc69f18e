import numpy as np
from sklearn.datasets import make_blobs

X, y = make_blobs(n_samples=150, centers=[[-1, -1], [1.5, 1]], cluster_std=0.9, random_state=4)
m, n = X.shape
w = np.zeros(n)
b = 0.0
lam = 0.5
alpha = 0.3

def predict(X, w, b):
    return 1 / (1 + np.exp(-(np.dot(X, w) + b)))

def cost_with_penalty(X, y, w, b):
    p = predict(X, w, b)
    ce = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / m
    return ce + lam / (2 * m) * np.sum(w ** 2)

history = []
for i in range(500):
    diff = predict(X, w, b) - y
    dw = np.dot(X.T, diff) / m + lam / m * w
    db = np.sum(diff) / m
    w = w - alpha * dw
    b = b - alpha * db
    history.append(cost_with_penalty(X, y, w, b))
print("first", history[0], "last", history[-1])
print("w", w, "b", b, "accuracy", np.mean((predict(X, w, b) > 0.5) == y))
