import numpy as np

rng = np.random.default_rng(8)
X = rng.uniform(-2, 2, (220, 1))
Y = X ** 2 / 2 - 1 + rng.normal(0, 0.1, X.shape)
X_train, Y_train, X_val, Y_val = X[:160], Y[:160], X[160:], Y[160:]
W1, b1 = rng.normal(0, 1, (1, 12)), rng.normal(0, 1, (1, 12))
W2, b2 = rng.normal(0, 0.3, (12, 1)), np.zeros((1, 1))


def predict(x):
    h = np.tanh(x @ W1 + b1)
    return h, h @ W2 + b2


best, wait = np.inf, 0
for epoch in range(4000):
    h, p = predict(X_train)
    d = (p - Y_train) / len(X_train)
    back = d @ W2.T * (1 - h * h)
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(0, keepdims=True)
    W1 -= 0.1 * X_train.T @ back
    b1 -= 0.1 * back.sum(0, keepdims=True)
    if epoch % 50 == 0:
        val = np.mean((predict(X_val)[1] - Y_val) ** 2)
        print(epoch, val)
        wait = 0 if val < best - 1e-5 else wait + 1
        best = min(best, val)
        if wait > 5:
            break
