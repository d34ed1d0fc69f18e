import numpy as np
from sklearn.datasets import load_iris
X = load_iris().data; X = (X - X.mean(0)) / X.std(0)
rng = np.random.default_rng(0); E = rng.normal(size=(4, 2)) * .3; D = rng.normal(size=(2, 4)) * .3
for i in range(1500):
    c = X @ E; r = c @ D; e = (r - X) / 150
    gD = c.T @ e; gE = X.T @ (e @ D.T); D = D - .3 * gD; E = E - .3 * gE
print(np.mean((r - X) ** 2))
