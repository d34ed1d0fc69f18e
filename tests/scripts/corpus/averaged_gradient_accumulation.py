import numpy as np
from sklearn.datasets import make_circles

np.random.seed(18)
X, y = make_circles(40, noise=0.04, factor=0.45, random_state=8)
P = {"W": np.random.randn(8, 2), "b": np.zeros(8), "v": np.random.randn(8) * 0.5, "c": np.zeros(1)}

def sample_gradient(x, t):
    h = np.tanh(P["W"] @ x + P["b"])
    p = 1 / (1 + np.exp(-(P["v"] @ h + P["c"][0])))
    d = p - t
    dh = d * P["v"] * (1 - h ** 2)
    loss = -np.log(p) if t else -np.log(1 - p)
    return loss, {"W": np.outer(dh, x), "b": dh, "v": d * h, "c": np.array([d])}

for epoch in range(300):
    total = {k: np.zeros_like(v) for k, v in P.items()}
    cost = 0.0
    for x, t in zip(X, y):
        loss, grads = sample_gradient(x, t)
        cost += loss
        for k in total:
            total[k] += grads[k]
    for k in P:
        P[k] -= 1.0 * total[k] / len(X)
    if epoch % 60 == 0:
        print("epoch", epoch, "cost", cost / len(X))
print("cost", cost / len(X))
