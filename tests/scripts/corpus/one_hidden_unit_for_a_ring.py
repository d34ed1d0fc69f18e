import numpy as np

rng = np.random.default_rng(2)
points = rng.uniform(-1.5, 1.5, (200, 2))
inside = ((points ** 2).sum(axis=1) < 1.2).astype(float)

w, b = rng.normal(size=2), 0.0
v, c = rng.normal(), 0.0

for epoch in range(2000):
    h = np.tanh(points @ w + b)
    p = 1 / (1 + np.exp(-(v * h + c)))
    e = (p - inside) / len(points)
    dh = e * v * (1 - h ** 2)
    v -= 0.5 * np.sum(e * h)
    c -= 0.5 * np.sum(e)
    w -= 0.5 * points.T @ dh
    b -= 0.5 * np.sum(dh)
    if epoch % 400 == 0:
        print(epoch, np.mean((p > 0.5) == inside))
