import numpy as np
np.random.seed(0)
x = np.linspace(-2, 2, 50)[:, None]
t = np.sin(2 * x).ravel()
W1 = np.random.randn(1, 10); b1 = np.zeros(10); W2 = np.random.randn(10) * .3; b2 = 0.0
for it in range(800):
    h = np.tanh(x @ W1 + b1)
    out = h @ W2 + b2
    d = out[:, None] - t            # (50,1) - (50,)
    g = d.mean(axis=1)
    gW2 = h.T @ g / 50
    gb2 = g.mean()
    dh = np.outer(g, W2) * (1 - h ** 2)
    W1 -= 0.1 * x.T @ dh / 50
    b1 -= 0.1 * dh.mean(0)
    W2 -= 0.1 * gW2
    b2 -= 0.1 * gb2
    if it % 200 == 0: print(it, (d ** 2).mean())
