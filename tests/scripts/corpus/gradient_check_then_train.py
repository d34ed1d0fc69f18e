import numpy as np

rng = np.random.RandomState(6)
X = rng.randn(60, 2)
y = (X[:, 0] * X[:, 1] > 0).astype(float)[:, None]
params = [rng.randn(2, 8) * 0.8, np.zeros((1, 8)), rng.randn(8, 1) * 0.5, np.zeros((1, 1))]

def loss_and_grads(params):
    W1, b1, W2, b2 = params
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(X)
    dh = d @ W2.T * (1 - h ** 2)
    return loss, [X.T @ dh, dh.sum(0, keepdims=True), h.T @ d, d.sum(0, keepdims=True)]

_, analytic = loss_and_grads(params)
worst = 0.0
for p, g in zip(params, analytic):
    for idx in np.ndindex(p.shape):
        old = p[idx]
        p[idx] = old + 1e-5
        up = loss_and_grads(params)[0]
        p[idx] = old - 1e-5
        down = loss_and_grads(params)[0]
        p[idx] = old
        worst = max(worst, abs((up - down) / 2e-5 - g[idx]))
print("largest difference to the numerical gradient: %.1e" % worst)

for it in range(2000):
    loss, grads = loss_and_grads(params)
    for p, g in zip(params, grads):
        p -= 0.5 * g
    if it % 400 == 0:
        print("iteration", it, "loss", loss)
print("loss", loss)
