import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
rng = np.random.default_rng(6)
n, L, k, F = 160, 24, 5, 6
X = rng.normal(0, .3, (n, L)); y = rng.integers(0, 2, n).astype(float)
for i in range(n):
    if y[i]:
        s = rng.integers(0, L - k); X[i, s:s + k] += np.array([0, 1, 2, 1, 0.0])
K = rng.normal(0, .4, (F, k)); kb = np.zeros(F)
w = rng.normal(0, .4, F); b = 0.0
for epoch in range(150):
    cols = sliding_window_view(X, k, axis=1)          # (n, L-k+1, k)
    conv = cols @ K.T + kb                             # (n, P, F)
    act = np.maximum(conv, 0)
    where = act.argmax(axis=1)                         # (n, F)
    pooled = np.take_along_axis(act, where[:, None, :], axis=1)[:, 0]
    z = pooled @ w + b
    p = 1 / (1 + np.exp(-z))
    loss = -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))
    dz = (p - y) / n
    dpool = np.outer(dz, w)
    dact = np.zeros_like(act)
    np.put_along_axis(dact, where[:, None, :], dpool[:, None, :], axis=1)
    dconv = dact * (conv > 0)
    w -= 1.0 * pooled.T @ dz; b -= 1.0 * dz.sum()
    K -= 1.0 * np.einsum("npf,npk->fk", dconv, cols); kb -= 1.0 * dconv.sum(axis=(0, 1))
    if epoch % 30 == 0: print(epoch, round(loss, 4), "acc", np.mean((p > .5) == y))
