import numpy as np

rng = np.random.RandomState(3)
H, T = 6, 20
Wx = rng.randn(H, 1)
Wh = np.eye(H) * 1.3 + rng.randn(H, H) * 0.05
Wy = rng.randn(1, H)
c = np.zeros((1, 1))
for it in range(30):
    xs = rng.uniform(-1, 1, T)
    target = xs.mean()
    h = [np.zeros((H, 1))]
    for t in range(T):
        h.append(Wx * xs[t] + Wh @ h[t])
    y = Wy @ h[T] + c
    loss = 0.5 * ((y - target) ** 2).item()
    d = y - target
    gWy, gc = d @ h[T].T, d
    gWx, gWh = np.zeros_like(Wx), np.zeros_like(Wh)
    back = Wy.T @ d
    for t in range(T - 1, -1, -1):
        gWx += back * xs[t]
        gWh += back @ h[t].T
        back = Wh.T @ back
    Wx = Wx - 0.0000003 * gWx
    Wh = Wh - 0.0000003 * gWh
    Wy = Wy - 0.0000003 * gWy
    c = c - 0.0000003 * gc
    if it % 5 == 0:
        print("iteration", it, "loss", loss, "largest gradient", np.abs(gWh).max())
