import numpy as np
rng = np.random.default_rng(0); X = rng.uniform(-2, 2, (100, 1)); y = np.sin(X)
W1 = rng.normal(size=(1, 40)) * 2; b1 = rng.normal(size=40); W2 = rng.normal(size=(40, 1)) * .1; b2 = np.zeros(1)
def forward(X):
    h = np.tanh(X @ W1 + b1); m = (rng.random(h.shape) < .9) / .9; return h, m, h * m, (h * m) @ W2 + b2
for i in range(600):
    h, m, hm, p = forward(X); d = (p - y) / 100; dh = d @ W2.T * m * (1 - h * h)
    W2 -= .1 * hm.T @ d; b2 -= .1 * d.sum(0); W1 -= .1 * X.T @ dh; b1 -= .1 * dh.sum(0)
samples = np.array([forward(X)[3] for _ in range(30)]); print(np.mean((samples.mean(0) - y) ** 2), samples.std(0).mean())
