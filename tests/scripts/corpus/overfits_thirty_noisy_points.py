import numpy as np

rng = np.random.default_rng(5)


def make(n):
    x = rng.uniform(-1, 1, (n, 3))
    return x, x @ np.array([[1.0], [-0.5], [0.3]]) + rng.normal(0, 0.6, (n, 1))


X, Y = make(30)
X_test, Y_test = make(40)
params = {"W1": rng.normal(0, 1, (3, 50)), "b1": rng.normal(0, 1, (1, 50)),
          "W2": rng.normal(0, 0.2, (50, 1)), "b2": np.zeros((1, 1))}


def forward(x):
    a = np.tanh(x @ params["W1"] + params["b1"])
    return a, a @ params["W2"] + params["b2"]


for i in range(15000):
    a, p = forward(X)
    d = (p - Y) / len(X)
    g = {"W2": a.T @ d, "b2": d.sum(0, keepdims=True)}
    dz = d @ params["W2"].T * (1 - a * a)
    g["W1"], g["b1"] = X.T @ dz, dz.sum(0, keepdims=True)
    for name in params:
        params[name] = params[name] - 0.05 * g[name]
    if i % 1500 == 0:
        _, q = forward(X_test)
        print(i, "train", np.mean((p - Y) ** 2), "test", np.mean((q - Y_test) ** 2))
