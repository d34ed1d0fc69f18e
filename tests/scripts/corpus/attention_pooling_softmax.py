import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 5, 3)); y = (X[:, :, 0].max(1) > 1.2).astype(int); T = np.eye(2)[y]
v = rng.normal(size=3) * .1; W = rng.normal(size=(3, 2)) * .1; b = np.zeros(2)
for ep in range(300):
    s = X @ v; e = np.exp(s); a = e / e.sum(1, keepdims=True)
    c = (a[:, :, None] * X).sum(1)
    z = c @ W + b; ez = np.exp(z - z.max(1, keepdims=True)); p = ez / ez.sum(1, keepdims=True)
    d = (p - T) / 60
    dc = d @ W.T; da = (X * dc[:, None]).sum(2); ds = a * (da - (da * a).sum(1, keepdims=True))
    W -= .5 * c.T @ d; b -= .5 * d.sum(0); v -= .5 * (X * ds[:, :, None]).sum((0, 1))
print(-np.mean(np.log(p[range(60), y])))
