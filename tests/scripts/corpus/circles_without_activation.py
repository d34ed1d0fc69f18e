import numpy as np
from sklearn.datasets import make_circles
X, y = make_circles(120, noise=.05, factor=.4, random_state=1); y = y[:, None].astype(float)
rng = np.random.RandomState(3)
W1 = rng.randn(2, 8); b1 = np.zeros((1, 8)); W2 = rng.randn(8, 1) * .3; b2 = np.zeros((1, 1))
def sigmoid(z): return 1 / (1 + np.exp(-z))
for ep in range(1000):
    z1 = X.dot(W1) + b1
    out = sigmoid(z1.dot(W2) + b2)
    d = (out - y) / len(X)
    dz1 = d.dot(W2.T)
    W2 -= .5 * z1.T.dot(d); b2 -= .5 * d.sum(0); W1 -= .5 * X.T.dot(dz1); b1 -= .5 * dz1.sum(0)
    if ep % 200 == 0: print(ep, -np.mean(y * np.log(out) + (1 - y) * np.log(1 - out)))
