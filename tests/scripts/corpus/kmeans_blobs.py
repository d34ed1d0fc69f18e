import numpy as np
from sklearn.datasets import make_blobs

X, _ = make_blobs(n_samples=150, centers=3, cluster_std=0.7, random_state=2)
rng = np.random.default_rng(2)
centres = X[rng.choice(len(X), 3, replace=False)]
for it in range(20):
    dist = ((X[:, None, :] - centres[None]) ** 2).sum(axis=2)
    member = dist.argmin(axis=1)
    inertia = dist[np.arange(len(X)), member].sum()
    new = np.array([X[member == k].mean(axis=0) if (member == k).any() else centres[k] for k in range(3)])
    print("iteration", it, "inertia", round(float(inertia), 3))
    if np.allclose(new, centres):
        break
    centres = new
print(centres.round(2))
