import numpy as np
from sklearn.datasets import load_iris

def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

X, y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
T = np.eye(3)[y]
rng = np.random.RandomState(0)
W, b = rng.randn(4, 3) * 0.1, np.zeros(3)
for epoch in range(300):
    out = softmax(X @ W + b)
    prob = softmax(out)
    loss = -np.mean(np.sum(T * np.log(prob), axis=1))
    delta = (prob - T) / len(X)
    W -= 0.5 * X.T @ delta
    b -= 0.5 * delta.sum(axis=0)
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss)
