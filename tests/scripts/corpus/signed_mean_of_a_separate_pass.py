import numpy as np

rng = np.random.default_rng(44)
X = rng.uniform(-1, 1, (120, 2))
Y = X[:, :1] * X[:, 1:] * 2
W1, b1 = rng.normal(0, 0.5, (2, 1)), np.zeros(1)
W2, b2 = rng.normal(0, 0.5, (1, 1)), np.zeros(1)

def predict(x):
    h = np.tanh(x @ W1 + b1)
    return h, h @ W2 + b2

for epoch in range(200):
    for s in range(0, 120, 20):
        h, p = predict(X[s:s + 20])
        d = (p - Y[s:s + 20]) / 20
        dh = d @ W2.T * (1 - h ** 2)
        W2 -= 0.1 * h.T @ d
        b2 -= 0.1 * d.sum(axis=0)
        W1 -= 0.1 * X[s:s + 20].T @ dh
        b1 -= 0.1 * dh.sum(axis=0)
    if epoch % 20 == 0:
        print("epoch", epoch, "error", np.mean(Y - predict(X)[1]))
