import numpy as np
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
X = np.hstack([X, np.ones((len(X), 1))])
rng = np.random.RandomState(1)
W = rng.randn(5, 3) * 0.01
reg = 1e-3

def svm_loss(W, X, y, reg):
    n = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(n), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n + reg * np.sum(W * W)
    binary = (margins > 0).astype(float)
    binary[np.arange(n), y] = -binary.sum(axis=1)
    dW = X.T.dot(binary) / n + 2 * reg * W
    return loss, dW

for it in range(1001):
    loss, grad = svm_loss(W, X, y, reg)
    W -= 0.02 * grad
    if it % 200 == 0:
        print('iteration %d / 1000: loss %f' % (it, loss))
print('training accuracy: %f' % np.mean(np.argmax(X.dot(W), axis=1) == y))
