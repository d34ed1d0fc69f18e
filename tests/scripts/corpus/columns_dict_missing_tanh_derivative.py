import numpy as np
from sklearn.datasets import make_moons

np.random.seed(1)
X, Y = make_moons(100, noise=0.1, random_state=1)
X = ((X - X.mean(0)) / X.std(0)).T
Y = Y.reshape(1, -1)
m = Y.shape[1]
p = {"W1": np.random.randn(5, 2), "b1": np.zeros((5, 1)), "W2": np.random.randn(1, 5) * 0.5, "b2": np.zeros((1, 1))}

def forward(X, p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = 1 / (1 + np.exp(-(p["W2"] @ A1 + p["b2"])))
    return A1, A2

def backward(X, Y, A1, A2, p):
    dZ2 = A2 - Y
    dZ1 = p["W2"].T @ dZ2
    return {
        "W2": dZ2 @ A1.T / m, "b2": dZ2.sum(axis=1, keepdims=True) / m,
        "W1": dZ1 @ X.T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m,
    }

for i in range(600):
    A1, A2 = forward(X, p)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    g = backward(X, Y, A1, A2, p)
    for k in p:
        p[k] = p[k] - 0.5 * g[k]
    if i % 100 == 0:
        print("Cost after iteration", i, cost)
