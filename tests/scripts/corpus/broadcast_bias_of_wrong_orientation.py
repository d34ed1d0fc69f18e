import numpy as np
rng = np.random.default_rng(5)
W1 = rng.normal(size=(8, 2)); b1 = rng.normal(size=8)
W2 = rng.normal(size=(1, 8)) * 0.3; b2 = np.zeros((1, 1))
X = rng.uniform(-1, 1, (100, 2)); Y = X[:, 0] ** 2 - X[:, 1]
for epoch in range(20):
    tot = 0
    for xi, yi in zip(X, Y):
        a0 = xi.reshape(2, 1)
        z1 = W1 @ a0 + b1            # (8,1) + (8,)
        a1 = np.tanh(z1)
        out = W2 @ a1 + b2
        e = out - yi
        tot += np.mean(e ** 2)
        dW2 = e @ a1.T
        d1 = (W2.T @ e) * (1 - a1 ** 2)
        W2 = W2 - 0.01 * dW2; b2 = b2 - 0.01 * e.mean()
        W1 = W1 - 0.01 * d1.mean(1, keepdims=True) @ a0.T
        b1 = b1 - 0.01 * d1.mean(0)
    if epoch % 5 == 0: print(epoch, tot / 100)
