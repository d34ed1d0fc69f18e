import numpy as np
from sklearn.datasets import make_blobs

X, y = make_blobs(n_samples=120, centers=[[-2, 0], [2, 0], [0, 2]], cluster_std=0.7, random_state=1)
rng = np.random.RandomState(1)
W = 0.01 * rng.randn(2, 3)
b = np.zeros((1, 3))
n = len(X)
for i in range(100):
    scores = np.dot(X, W) + b
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(n), y])) / n
    if i % 20 == 0:
        print("iteration %d: loss %f" % (i, loss))
    dscores = probs.copy()
    dscores[range(n), y] += 1
    dscores /= n
    W += -0.1 * np.dot(X.T, dscores)
    b += -0.1 * np.sum(dscores, axis=0, keepdims=True)
