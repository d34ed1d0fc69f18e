import math
import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(60, 2))
y = (X[:, 0] + 0.5 * X[:, 1] + 0.3 * rng.normal(size=60) > 0.2).astype(int)

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def compute_cost(X, y, w, b):
    m = X.shape[0]
    total = 0.0
    for i in range(m):
        f = sigmoid(np.dot(X[i], w) + b)
        total += -y[i] * math.log(f) - (1 - y[i]) * math.log(1 - f)
    return total / m

def compute_gradient(X, y, w, b):
    m, n = X.shape
    dj_dw = np.zeros(n)
    dj_db = 0.0
    for i in range(m):
        err = sigmoid(np.dot(X[i], w) + b) - y[i]
        for j in range(n):
            dj_dw[j] = dj_dw[j] + err * X[i, j]
        dj_db = dj_db + err
    return dj_db / m, dj_dw / m

def gradient_descent(X, y, w, b, alpha, iterations):
    for k in range(iterations):
        dj_db, dj_dw = compute_gradient(X, y, w, b)
        w = w - alpha * dj_dw
        b = b - alpha * dj_db
        if k % 100 == 0:
            print("Iteration %4d: Cost %.5f" % (k, compute_cost(X, y, w, b)))
    return w, b

w, b = gradient_descent(X, y, np.zeros(2), 0.0, 0.5, 500)
print("w", w, "b", b, "accuracy", np.mean((sigmoid(X @ w + b) > 0.5) == y))
