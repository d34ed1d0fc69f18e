import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(160, noise=0.1, random_state=3)
y = y[:, None].astype(float)
rng = np.random.default_rng(5)
W1, b1 = rng.normal(size=(2, 8)), np.zeros((1, 8))
W2, b2 = rng.normal(size=(8, 1)) * 0.5, np.zeros((1, 1))
params = [W1, b1, W2, b2]
previous = [p.copy() for p in params]
rate, beta = 0.4, 0.85

for it in range(801):
    W1, b1, W2, b2 = params
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (1 - h ** 2)
    grads = [X.T @ d1, d1.sum(0, keepdims=True), h.T @ d2, d2.sum(0, keepdims=True)]
    # Polyak: the step, plus a part of the last displacement
    new = [w - rate * g + beta * (w - old) for w, g, old in zip(params, grads, previous)]
    previous, params = params, new
    if it % 100 == 0:
        print(it, round(loss, 4))
