import numpy as np

np.random.seed(21)
X = np.random.uniform(-1, 1, (300, 2))
y = (X[:, 0] * X[:, 1]).reshape(-1, 1)
W1 = np.random.randn(2, 24) * 0.8
b1 = np.random.randn(24) * 0.3
W2 = np.random.randn(24, 1) * 0.2
b2 = np.zeros(1)

def clip(grads, limit):
    norm = np.sqrt(sum((g ** 2).sum() for g in grads))
    if norm > limit:
        grads = [g * (limit / norm) for g in grads]
    return grads

for epoch in range(2000):
    z = X @ W1 + b1
    a = np.where(z > 0, z, 0.1 * z)
    out = a @ W2 + b2
    loss = ((out - y) ** 2).mean()
    d = 2 * (out - y) / len(X)
    dz = d @ W2.T * np.where(z > 0, 1.0, 0.1)
    gW1, gb1, gW2, gb2 = clip([X.T @ dz, dz.sum(0), a.T @ d, d.sum(0)], 1.0)
    W1 -= 0.2 * gW1
    b1 -= 0.2 * gb1
    W2 -= 0.2 * gW2
    b2 -= 0.2 * gb2
    if epoch % 400 == 0:
        print(epoch, loss)
print("end", loss, "variance", y.var())
