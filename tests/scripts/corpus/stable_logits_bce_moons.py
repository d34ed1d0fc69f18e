import numpy as np
from sklearn.datasets import make_moons

rng = np.random.default_rng(50)
X, t = make_moons(160, noise=0.12, random_state=50)
X = ((X - X.mean(0)) / X.std(0)).T
t = t[None, :].astype(float)
m = X.shape[1]
n = [2, 10, 10, 1]
W = {l: rng.normal(0, 1 / np.sqrt(n[l - 1]), (n[l], n[l - 1])) for l in (1, 2, 3)}
b = {l: np.zeros((n[l], 1)) for l in (1, 2, 3)}
for step in range(2001):
    A = {0: X}
    for l in (1, 2):
        A[l] = np.tanh(W[l] @ A[l - 1] + b[l])
    logit = W[3] @ A[2] + b[3]
    loss = np.mean(np.logaddexp(0, logit) - t * logit)
    dZ = {3: (1 / (1 + np.exp(-logit)) - t) / m}
    for l in (2, 1):
        dZ[l] = W[l + 1].T @ dZ[l + 1] * (1 - A[l] ** 2)
    for l in (1, 2, 3):
        W[l] -= 0.5 * dZ[l] @ A[l - 1].T
        b[l] -= 0.5 * dZ[l].sum(axis=1, keepdims=True)
    if step % 500 == 0:
        print("step %4d loss %.4f accuracy %.3f" % (step, loss, ((logit > 0) == t).mean()))
