import numpy as np
from sklearn.datasets import make_moons
rng = np.random.default_rng(0); X, y = make_moons(200, noise=.1, random_state=1); y = y[:, None]
W1 = rng.normal(size=(2, 30)); b1 = np.zeros(30); W2 = rng.normal(size=(30, 1)) * .2; b2 = np.zeros(1)
def forward(X, train):
    h = np.tanh(X @ W1 + b1)
    m = (rng.random(h.shape) < .8) / .8 if train else np.ones(h.shape)
    return h, m, h * m, 1 / (1 + np.exp(-((h * m) @ W2 + b2)))
for i in range(500):
    h, m, hm, p = forward(X, True); d = (p - y) / 200; dh = d @ W2.T * m * (1 - h * h)
    W2 -= .5 * hm.T @ d; b2 -= .5 * d.sum(0); W1 -= .5 * X.T @ dh; b1 -= .5 * dh.sum(0)
print(np.mean((forward(X, False)[3] > .5) == y))
