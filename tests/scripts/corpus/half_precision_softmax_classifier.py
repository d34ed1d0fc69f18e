import numpy as np

rng = np.random.default_rng(40)
h16 = np.float16
labels = np.arange(90) % 3
X = (rng.normal(0, 0.5, (90, 2)) + np.array([[0, 2], [-2, -1], [2, -1]])[labels]).astype(h16)
Y = np.eye(3, dtype=h16)[labels]
W1, b1 = rng.normal(0, 0.7, (2, 8)).astype(h16), np.zeros(8, h16)
W2, b2 = rng.normal(0, 0.5, (8, 3)).astype(h16), np.zeros(3, h16)
for epoch in range(120):
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = (p - Y) / h16(90)
    dh = d @ W2.T * (1 - h ** 2)
    W2 -= h16(0.5) * (h.T @ d)
    b2 -= h16(0.5) * d.sum(axis=0)
    W1 -= h16(0.5) * (X.T @ dh)
    b1 -= h16(0.5) * dh.sum(axis=0)
    if epoch % 30 == 0:
        print(epoch, "accuracy", np.mean(p.argmax(axis=1) == labels))
