import numpy as np
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True); X = (X - X.mean(0)) / X.std(0)
rng = np.random.default_rng(1)
W1 = rng.normal(size=(4, 6)) * .5; b1 = np.zeros(6); W2 = rng.normal(size=(6, 3)) * .5; b2 = np.zeros(3)
for i in range(200):
    h = np.tanh(X @ W1 + b1); z = h @ W2 + b2
    pred = np.argmax(z, axis=1)
    err = pred - y
    d2 = np.repeat(err[:, None], 3, axis=1) / 150.; d1 = d2 @ W2.T * (1 - h * h)
    W2 -= .1 * h.T @ d2; b2 -= .1 * d2.sum(0); W1 -= .1 * X.T @ d1; b1 -= .1 * d1.sum(0)
    if i % 40 == 0: print(i, np.mean(err ** 2))
