import numpy as np
from sklearn.datasets import load_diabetes

data = load_diabetes()
X = data.data[:200] / data.data[:200].std(axis=0)
y = (data.target[:200] - data.target[:200].mean()) / data.target[:200].std()
rng = np.random.default_rng(7)
theta = [rng.normal(size=(10, 6)) * 0.3, np.zeros(6), rng.normal(size=6) * 0.3, np.zeros(1)]
Eg = [np.zeros_like(p) for p in theta]
Ed = [np.zeros_like(p) for p in theta]
rho, eps = 0.95, 1e-4

def backprop(theta):
    W, b, v, c = theta
    h = np.tanh(X @ W + b)
    err = (h @ v + c - y) / len(y)
    dh = np.outer(err, v) * (1 - h ** 2)
    return [X.T @ dh, dh.sum(0), h.T @ err, np.array([err.sum()])], 0.5 * len(y) * np.sum(err ** 2)

for it in range(301):
    grads, cost = backprop(theta)
    for i, g in enumerate(grads):
        Eg[i] = rho * Eg[i] + (1 - rho) * g ** 2
        d = -np.sqrt(Ed[i] + eps) / np.sqrt(Eg[i] + eps) * g
        Ed[i] = rho * Ed[i] + (1 - rho) * d ** 2
        theta[i] = theta[i] + d
    if it % 50 == 0:
        print("cost", cost)
