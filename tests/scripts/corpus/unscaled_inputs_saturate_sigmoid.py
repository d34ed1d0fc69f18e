import numpy as np

np.random.seed(13)
weight_kg = np.random.uniform(45, 110, 60)
height_cm = np.random.uniform(150, 200, 60)
X = np.column_stack([weight_kg, height_cm])
y = (weight_kg / (height_cm / 100) ** 2 > 25).astype(float).reshape(-1, 1)
w1, b1 = np.random.randn(2, 5), np.zeros((1, 5))
w2, b2 = np.random.randn(5, 1), np.zeros((1, 1))

def sigmoid(v):
    return 1 / (1 + np.exp(-v))

for epoch in range(600):
    h = sigmoid(X @ w1 + b1)
    p = sigmoid(h @ w2 + b2)
    d2 = 2 * (p - y) * p * (1 - p) / len(X)
    d1 = d2 @ w2.T * h * (1 - h)
    w2 -= 0.5 * h.T @ d2
    b2 -= 0.5 * d2.sum(axis=0, keepdims=True)
    w1 -= 0.5 * X.T @ d1
    b1 -= 0.5 * d1.sum(axis=0, keepdims=True)
    if epoch % 120 == 0:
        print("epoch", epoch, "mse", np.mean((p - y) ** 2), "accuracy", np.mean((p > .5) == y))
