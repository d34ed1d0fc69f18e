import numpy as np

np.random.seed(15)
X = np.random.uniform(-1, 1, (200, 2))
d = np.hypot(X[:, 0], X[:, 1])
W = np.random.randn(12, 2) * 0.7
c = np.random.randn(12) * 0.5
v = np.random.randn(12) * 0.3
v0 = 0.0

def net(x):
    h = np.tanh(np.dot(W, x) + c)
    return h, np.dot(v, h) + v0

for epoch in range(60):
    sq = 0.0
    for i in np.random.permutation(200):
        h, o = net(X[i])
        e = o - d[i]
        sq += e ** 2
        back = e * v * (1 - h ** 2)
        v -= 0.05 * e * h
        v0 -= 0.05 * e
        W -= 0.05 * np.outer(back, X[i])
        c -= 0.05 * back
    if epoch % 12 == 0:
        print("epoch", epoch, "rmse", np.sqrt(sq / 200))
print("rmse", np.sqrt(sq / 200), "spread of the targets", d.std())
