import numpy as np
x = np.linspace(-1, 1, 21)
y = np.tanh(3 * x)
rng = np.random.default_rng(0)
w1, b1, w2, b2 = rng.normal(size=8), np.zeros(8), rng.normal(size=8), 0.0
for epoch in range(300):
    gw1, gb1, gw2, gb2 = np.zeros(8), np.zeros(8), np.zeros(8), 0.0
    for xi, yi in zip(x[::-1], y[::-1]):
        h = np.tanh(w1 * xi + b1)
        p = h @ w2 + b2
        d = p - yi
        gw2 = gw2 + d * h
        gb2 = gb2 + d
        dh = d * w2 * (1 - h * h)
        gw1 = gw1 + dh * xi
        gb1 = gb1 + dh
    w1 -= 0.01 * gw1
    b1 -= 0.01 * gb1
    w2 -= 0.01 * gw2
    b2 -= 0.01 * gb2
print(w1, w2)
