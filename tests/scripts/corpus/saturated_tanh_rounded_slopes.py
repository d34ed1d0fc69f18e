import numpy as np

rng = np.random.default_rng(8)
n = 120
X = np.linspace(-1, 1, n).reshape(-1, 1)
Y = 0.5 + 0.4 * np.cos(3 * X)
params = [(rng.normal(0, 1, (i, o)) * 20.0, np.zeros(o)) for i, o in [(1, 10), (10, 10), (10, 1)]]


def predict(x):
    activations = [x]
    for k, (w, b) in enumerate(params):
        z = activations[-1].dot(w) + b
        activations.append(1 / (1 + np.exp(-z)) if k == 2 else np.tanh(z))
    return activations


for epoch in range(150):
    order = rng.permutation(n)
    for start in range(0, n, 16):
        rows = order[start:start + 16]
        a = predict(X[rows])
        delta = (a[-1] - Y[rows]) * a[-1] * (1 - a[-1]) / len(rows)
        for k in (2, 1, 0):
            w, b = params[k]
            back = delta.dot(w.T) * (1 - a[k] ** 2)
            params[k] = (w - 0.1 * a[k].T.dot(delta), b - 0.1 * delta.sum(axis=0))
            delta = back
    if epoch % 15 == 0:
        print(epoch, np.mean((predict(X)[-1] - Y) ** 2))
