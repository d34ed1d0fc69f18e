import numpy as np
from sklearn.datasets import load_digits
def softmax(x): return np.exp(x) / np.sum(np.exp(x))
X, y = load_digits(n_class=5, return_X_y=True); X = X / 16.
rng = np.random.RandomState(1); W = rng.randn(64, 5) * .01; b = np.zeros(5)
for ep in range(15):
    for k in range(0, len(X), 50):
        xb, yb = X[k:k+50], y[k:k+50]
        p = softmax(xb.dot(W) + b)
        g = p.copy(); g[np.arange(len(yb)), yb] -= 1; g /= len(yb)
        W -= 0.5 * xb.T.dot(g); b -= 0.5 * g.sum(axis=0)
    print(ep, -np.log(p[np.arange(len(yb)), yb]).mean())
