from collections import namedtuple

import numpy as np
from sklearn.datasets import load_iris

Params = namedtuple("Params", "w1 b1 w2 b2")
iris = load_iris()
X = iris.data[:, 2:]
X = (X - X.mean(0)) / X.std(0)
T = np.eye(3)[iris.target]

def init(seed):
    r = np.random.default_rng(seed)
    return Params(r.normal(0, 0.7, (2, 6)), np.zeros(6), r.normal(0, 0.4, (6, 3)), np.zeros(3))

def loss_and_grad(p):
    z = X @ p.w1 + p.b1
    a = np.log1p(np.exp(z))
    s = a @ p.w2 + p.b2
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -(T * logp).sum(axis=1).mean()
    d = (np.exp(logp) - T) / len(X)
    dz = d @ p.w2.T / (1 + np.exp(-z))
    return loss, Params(X.T @ dz, dz.sum(0), a.T @ d, d.sum(0)), logp

params = init(0)
for step in range(801):
    loss, grad, logp = loss_and_grad(params)
    params = Params(*(p - 0.5 * g for p, g in zip(params, grad)))
    if step % 200 == 0:
        print(step, loss)
print("accuracy", (logp.argmax(1) == iris.target).mean())
