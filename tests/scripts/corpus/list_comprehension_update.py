import numpy as np

rng = np.random.RandomState(42)
X = rng.uniform(-1, 1, (100, 3))
y = np.cos(2 * X[:, [0]]) + X[:, [1]] * X[:, [2]]

def elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))

def d_elu(z):
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))

params = [rng.randn(3, 16) / 2, rng.randn(16) / 2, rng.randn(16, 1) / 4, np.zeros(1)]
for it in range(3000):
    W, b, V, c = params
    z = X @ W + b
    out = elu(z) @ V + c
    loss = np.square(out - y).mean()
    g = 2 * (out - y) / y.size
    gz = g @ V.T * d_elu(z)
    grads = [X.T @ gz, gz.sum(axis=0), elu(z).T @ g, g.sum(axis=0)]
    params = [p - 0.1 * gr for p, gr in zip(params, grads)]
    if it % 600 == 0:
        print(it, loss)
print("loss", loss, "variance", y.var())
