"""Large matrices: 5,000 x 784, ten classes, 128 ReLU units, softmax, shuffled minibatches of 100."""

import numpy as np

rng = np.random.default_rng(0)
centres = rng.normal(size=(10, 784))
labels = rng.integers(0, 10, 5000)
x = 0.1 * (centres[labels] + 3 * rng.normal(size=(5000, 784)))
onehot = np.eye(10)[labels]
w1, b1 = rng.normal(0, np.sqrt(2 / 784), (784, 128)), np.zeros(128)
w2, b2 = rng.normal(0, np.sqrt(2 / 128), (128, 10)), np.zeros(10)
for _ in range(40):
    order = rng.permutation(len(x))
    loss = 0.0
    for start in range(0, len(x), 100):
        rows = order[start : start + 100]
        inputs, targets = x[rows], onehot[rows]
        z = inputs @ w1 + b1
        hidden = np.maximum(z, 0)
        scores = hidden @ w2 + b2
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = scores / scores.sum(axis=1, keepdims=True)
        loss += -np.sum(targets * np.log(p)) / len(x)
        d2 = (p - targets) / len(inputs)
        d1 = (d2 @ w2.T) * (z > 0)
        w2 -= 0.1 * hidden.T @ d2
        b2 -= 0.1 * d2.sum(axis=0)
        w1 -= 0.1 * inputs.T @ d1
        b1 -= 0.1 * d1.sum(axis=0)
print(loss)
