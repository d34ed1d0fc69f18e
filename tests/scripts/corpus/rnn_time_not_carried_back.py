import numpy as np

rng = np.random.RandomState(2)
H, T = 8, 6
Wx, Wh, bh = rng.randn(H, 1) * 0.5, rng.randn(H, H) * 0.3, np.zeros((H, 1))
Wy, by = rng.randn(1, H) * 0.5, np.zeros((1, 1))
for it in range(400):
    xs = rng.uniform(-1, 1, T)
    target = xs[:3].sum()
    hs = [np.zeros((H, 1))]
    for t in range(T):
        hs.append(np.tanh(Wx * xs[t] + Wh @ hs[t] + bh))
    y = Wy @ hs[-1] + by
    loss = 0.5 * (y - target) ** 2
    dy = y - target
    gWy, gby = dy @ hs[-1].T, dy
    gWx, gWh, gbh = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(bh)
    dh = Wy.T @ dy
    for t in reversed(range(T)):
        dz = dh * (1 - hs[t + 1] ** 2)
        gWx += dz * xs[t]
        gWh += dz @ hs[t].T
        gbh += dz
        dh = np.zeros((H, 1))
    for p, g in ((Wx, gWx), (Wh, gWh), (bh, gbh), (Wy, gWy), (by, gby)):
        p -= 0.05 * g
    if it % 80 == 0:
        print("iteration", it, "loss", loss.item())
