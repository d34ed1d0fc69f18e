import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(200, 4)); y = np.tanh(x[:, :1] * x[:, 1:2] + x[:, 2:3])
w = [rng.normal(size=(4, 10)) * .5, rng.normal(size=(10, 10)) * .3, rng.normal(size=(10, 1)) * .3]
for i in range(800):
    h1 = np.tanh(np.einsum("ni,ij->nj", x, w[0]))
    h2 = np.tanh(np.einsum("ni,ij->nj", h1, w[1]))
    o = np.einsum("ni,ij->nj", h2, w[2])
    e = (o - y) / len(x)
    d2 = np.einsum("nj,ij->ni", e, w[2]) * (1 - h2 ** 2)
    d1 = np.einsum("nj,ji->ni", d2, w[1]) * (1 - h1 ** 2)
    w[2] -= .3 * np.einsum("ni,nj->ij", h2, e)
    w[1] -= .3 * np.einsum("ni,nj->ij", h1, d2)
    w[0] -= .3 * np.einsum("ni,nj->ij", x, d1)
    if i % 100 == 0: print(i, float(((o - y) ** 2).mean()))
