import numpy as np

np.random.seed(0)
layer_sizes = [3, 20, 20, 20, 20, 20, 1]
Ws = [np.random.randn(i, o) for i, o in zip(layer_sizes[:-1], layer_sizes[1:])]
bs = [np.zeros(o) for o in layer_sizes[1:]]
X = np.random.randn(120, 3)
Y = X[:, :1] - 0.5 * X[:, 1:2] * X[:, 2:]

for step in range(200):
    hs = [X]
    for W, b in zip(Ws[:-1], bs[:-1]):
        hs.append(np.maximum(0, hs[-1] @ W + b))
    out = hs[-1] @ Ws[-1] + bs[-1]
    grad = (out - Y) / len(X)
    for k in range(len(Ws) - 1, -1, -1):
        dW, db = hs[k].T @ grad, grad.sum(0)
        if k > 0:
            grad = (grad @ Ws[k].T) * (hs[k] > 0)
        Ws[k] -= 1e-3 * dW
        bs[k] -= 1e-3 * db
    if step % 20 == 0:
        print(step, ((out - Y) ** 2).mean())
