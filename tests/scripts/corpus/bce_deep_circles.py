import numpy as np
from sklearn.datasets import make_circles

np.random.seed(6)
X, y = make_circles(n_samples=240, noise=0.05, factor=0.4, random_state=3)
y = y.reshape(-1, 1)
layer_dims = [2, 12, 8, 1]
weights = [np.random.randn(layer_dims[i], layer_dims[i + 1]) * np.sqrt(2 / layer_dims[i]) for i in range(3)]
biases = [np.zeros((1, d)) for d in layer_dims[1:]]

def leaky(z):
    return np.where(z > 0, z, 0.01 * z)

def leaky_grad(z):
    return np.where(z > 0, 1, 0.01)

for epoch in range(1201):
    A, Z = [X], []
    for i in range(3):
        Z.append(np.dot(A[i], weights[i]) + biases[i])
        A.append(leaky(Z[i]) if i < 2 else 1 / (1 + np.exp(-Z[i])))
    yhat = np.clip(A[-1], 1e-9, 1 - 1e-9)
    loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()
    dZ = (A[-1] - y) / len(y)
    dW, dB = [None] * 3, [None] * 3
    for i in (2, 1, 0):
        dW[i] = np.dot(A[i].T, dZ)
        dB[i] = dZ.sum(axis=0, keepdims=True)
        if i:
            dZ = np.dot(dZ, weights[i].T) * leaky_grad(Z[i - 1])
    for i in range(3):
        weights[i] -= 0.3 * dW[i]
        biases[i] -= 0.3 * dB[i]
    if epoch % 300 == 0:
        print("Epoch %d, loss %.4f, accuracy %.3f" % (epoch, loss, ((A[-1] > .5) == y).mean()))
