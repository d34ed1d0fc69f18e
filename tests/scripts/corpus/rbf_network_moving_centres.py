import numpy as np

rng = np.random.RandomState(16)
x = np.linspace(-1, 1, 80)
t = np.where(x < 0, 0.5 * np.sin(6 * x), x ** 2)
c = np.linspace(-1, 1, 7)
s = np.log(np.full(7, 0.3))
a = rng.randn(7) * 0.1
bias = 0.0
lr = 0.05

for it in range(4000):
    diff = x[:, None] - c
    g = np.exp(-diff ** 2 / (2 * np.exp(2 * s)))
    y = g @ a + bias
    e = y - t
    loss = 0.5 * np.mean(e ** 2)
    de = e / len(x)
    dg = de[:, None] * a * g
    da = g.T @ de
    dc = (dg * diff / np.exp(2 * s)).sum(0)
    ds = (dg * diff ** 2 / np.exp(2 * s)).sum(0)
    a -= lr * da
    c = c - lr * dc
    s = s - lr * ds
    bias -= lr * de.sum()
    if it % 800 == 0:
        print("iteration", it, "loss", loss)
print("loss", loss, "half variance", t.var() / 2)
