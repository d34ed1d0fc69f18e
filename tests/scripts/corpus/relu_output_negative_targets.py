import numpy as np

rng = np.random.default_rng(10)
X = rng.uniform(-1, 1, (80, 2))
T = X[:, :1] - X[:, 1:]
net = [[rng.normal(0, 1, (2, 12)), np.zeros(12)], [rng.normal(0, 0.4, (12, 1)), np.full(1, 0.5)]]
for epoch in range(600):
    acts = [X]
    for W, b in net:
        acts.append(np.maximum(acts[-1] @ W + b, 0))
    cost = np.mean((acts[-1] - T) ** 2)
    grad = 2 * (acts[-1] - T) / len(X)
    for k in (1, 0):
        grad = grad * (acts[k + 1] > 0)
        below = grad @ net[k][0].T
        net[k][0] = net[k][0] - 0.1 * acts[k].T @ grad
        net[k][1] = net[k][1] - 0.1 * grad.sum(axis=0)
        grad = below
    if epoch % 120 == 0:
        print("epoch", epoch, "cost", cost)
