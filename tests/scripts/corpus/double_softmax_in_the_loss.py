import numpy as np
from sklearn.datasets import load_iris
def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def cross_entropy(logits, T):
    p = softmax(logits)
    return -np.mean(np.sum(T * np.log(p), 1)), (p - T) / len(T)
X, y = load_iris(return_X_y=True); X = (X - X.mean(0)) / X.std(0); T = np.eye(3)[y]
rng = np.random.default_rng(0)
W1 = rng.normal(size=(4, 10)) * .5; b1 = np.zeros(10); W2 = rng.normal(size=(10, 3)) * .5; b2 = np.zeros(3)
for i in range(300):
    h = np.maximum(0, X @ W1 + b1); out = softmax(h @ W2 + b2)
    loss, d = cross_entropy(out, T)
    dh = d @ W2.T * (h > 0)
    W2 -= .3 * h.T @ d; b2 -= .3 * d.sum(0); W1 -= .3 * X.T @ dh; b1 -= .3 * dh.sum(0)
    if i % 60 == 0: print(i, loss)
