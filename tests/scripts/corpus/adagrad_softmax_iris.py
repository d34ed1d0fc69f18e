import numpy as np
from sklearn.datasets import load_iris

iris = load_iris()
X = (iris.data - iris.data.mean(axis=0)) / iris.data.std(axis=0)
Y = np.eye(3)[iris.target]
W = np.zeros((4, 3))
b = np.zeros(3)
GW = np.zeros_like(W)
Gb = np.zeros_like(b)

for it in range(301):
    scores = X.dot(W) + b
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.sum(Y * np.log(P), axis=1))
    dscores = (P - Y) / len(X)
    dW = X.T.dot(dscores)
    db = dscores.sum(axis=0)
    GW += dW ** 2
    Gb += db ** 2
    W += -0.3 * dW / np.sqrt(GW + 1e-8)
    b += -0.3 * db / np.sqrt(Gb + 1e-8)
    if it % 60 == 0:
        print("iter %d: loss %f" % (it, loss))
print("training accuracy", np.mean(P.argmax(axis=1) == iris.target))
