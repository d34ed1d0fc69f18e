import numpy as np
rng = np.random.default_rng(17)
X = rng.normal(size=(150, 2)); y = (2 * X[:, 0] - X[:, 1]).reshape(-1, 1)
X = X[np.argsort(X[:, 1])]
W1, b1 = rng.normal(0, .5, (2, 12)), np.zeros(12); W2, b2 = rng.normal(0, .3, (12, 1)), np.zeros(1)
def model(x):
    h = np.tanh(x @ W1 + b1)
    return h, h @ W2 + b2
for epoch in range(60):
    for start in range(0, 150, 15):
        xb, yb = X[start:start + 15], y[start:start + 15]
        h, p = model(xb)
        d = 2 * (p - yb) / 15
        dh = d @ W2.T * (1 - h * h)
        W2 -= .05 * h.T @ d; b2 -= .05 * d.sum(0); W1 -= .05 * xb.T @ dh; b1 -= .05 * dh.sum(0)
    if epoch % 10 == 0: print("Epoch", epoch, "MSE:", np.mean((model(X)[1] - y) ** 2))
