import numpy as np

rng = np.random.default_rng(11)
X = rng.normal(size=(120, 3))
y = (X[:, :1] * X[:, 1:2] + np.abs(X[:, 2:])) * 2
layers = [(rng.normal(size=(3, 16)) * 0.5, np.zeros(16)), (rng.normal(size=(16, 1)) * 0.3, np.zeros(1))]

def clip(g, limit):
    n = np.linalg.norm(g)
    return g * (limit / n) if n > limit else g

for step in range(1001):
    (W1, b1), (W2, b2) = layers
    a = np.tanh(X @ W1 + b1)
    out = a @ W2 + b2
    diff = out - y
    loss = (diff ** 2).mean()
    d2 = 2 * diff / len(X)
    d1 = (d2 @ W2.T) * (1 - a ** 2)
    g = [(X.T @ d1, d1.sum(0)), (a.T @ d2, d2.sum(0))]
    layers = [(W - 0.1 * clip(dW, 0.5), b - 0.1 * clip(db, 0.5)) for (W, b), (dW, db) in zip(layers, g)]
    if step % 100 == 0:
        print(step, loss)
