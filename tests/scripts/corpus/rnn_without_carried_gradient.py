import numpy as np
rng = np.random.default_rng(3)
H = 8
U, W, V = rng.normal(0, .5, (1, H)), rng.normal(0, .4, (H, H)), rng.normal(0, .5, (H, 1))
for it in range(300):
    X = rng.uniform(-1, 1, (32, 5, 1)); Y = X[:, 0] * 0.5 + X[:, 2]
    h = [np.zeros((32, H))]
    for t in range(5): h.append(np.tanh(X[:, t] @ U + h[-1] @ W))
    o = h[-1] @ V
    e = (o - Y) / 32
    dV = h[-1].T @ e
    d = e @ V.T * (1 - h[-1] ** 2)
    dU = X[:, 4].T @ d
    dW = h[-2].T @ d
    U -= .2 * dU; W -= .2 * dW; V -= .2 * dV
    if it % 60 == 0: print(it, np.mean((o - Y) ** 2))
