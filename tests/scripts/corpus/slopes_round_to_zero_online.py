import numpy as np

rng = np.random.default_rng(42)
X = rng.uniform(-1, 1, (100, 2))
Y = X[:, :1] * X[:, 1:]
weights = [rng.normal(0, 0.5, (6, 2)), rng.normal(0, 0.5, (1, 6))]
biases = [np.full(6, 45.0), np.zeros(1)]
for epoch in range(20):
    total = 0.0
    for k in rng.permutation(100):
        a = 1 / (1 + np.exp(-(weights[0] @ X[k] + biases[0])))
        out = weights[1] @ a + biases[1]
        error = out - Y[k]
        total += float(error @ error)
        back = weights[1].T @ error * (a * (1 - a))
        weights[1] -= 0.1 * np.outer(error, a)
        biases[1] -= 0.1 * error
        weights[0] -= 0.1 * np.outer(back, X[k])
        biases[0] -= 0.1 * back
    if epoch % 4 == 0:
        print("epoch", epoch, "error", total / 100)
