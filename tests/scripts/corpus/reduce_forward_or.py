from functools import reduce

import numpy as np

np.random.seed(23)
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
targets = np.array([[0, 0], [1, 0], [1, 0], [1, 1]], dtype=float)
sigma = lambda z: 1 / (1 + np.exp(-z))
layer = lambda acts, wb: acts + [sigma(acts[-1] @ wb[0] + wb[1])]
params = [(np.random.randn(2, 3), np.zeros(3)), (np.random.randn(3, 2), np.zeros(2))]

for epoch in range(3000):
    acts = reduce(layer, params, [inputs])
    cost = ((acts[-1] - targets) ** 2).sum() / len(inputs)
    delta2 = 2 / len(inputs) * (acts[2] - targets) * acts[2] * (1 - acts[2])
    delta1 = delta2 @ params[1][0].T * acts[1] * (1 - acts[1])
    grads = [(a.T @ d, d.sum(0)) for a, d in zip(acts, (delta1, delta2))]
    params = list(map(lambda p, g: (p[0] - 2 * g[0], p[1] - 2 * g[1]), params, grads))
    if epoch % 600 == 0:
        print(epoch, cost)
print(acts[-1].round(2))
