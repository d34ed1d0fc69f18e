import numpy as np
from sklearn.datasets import make_circles

rng = np.random.RandomState(2)
X, t = make_circles(100, noise=0.05, factor=0.5, random_state=1)
t = t[:, None]
W_hidden = rng.randn(2, 4) * 0.5
b_hidden = np.zeros(4)
W_output = rng.randn(4, 1) * 0.5
b_output = np.zeros(1)
for epoch in range(500):
    hidden = np.tanh(X @ W_hidden + b_hidden)
    p = 1 / (1 + np.exp(-(hidden @ W_output + b_output)))
    d_out = (p - t) / len(X)
    d_hidden = d_out @ W_output.T * (1 - hidden ** 2)
    grad_hidden = X.T @ d_hidden
    W_output -= 0.5 * hidden.T @ d_out
    b_output -= 0.5 * d_out.sum(axis=0)
    b_hidden -= 0.5 * d_hidden.sum(axis=0)
    if epoch % 100 == 0:
        print(epoch, "bce", -np.mean(np.where(t == 1, np.log(p), np.log(1 - p))))
