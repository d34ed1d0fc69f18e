import numpy as np

rng = np.random.default_rng(8)
X = rng.uniform(-2, 2, size=(90, 1))
y = np.exp(-X ** 2)
slow = [rng.normal(size=(1, 10)), rng.normal(size=10), rng.normal(size=(10, 1)) * 0.3, np.zeros(1)]

for outer in range(300):
    fast = [p.copy() for p in slow]
    for inner in range(5):
        W1, b1, W2, b2 = fast
        h = np.tanh(X @ W1 + b1)
        o = h @ W2 + b2
        loss = np.mean((o - y) ** 2)
        d = 2 * (o - y) / len(X)
        dh = d @ W2.T * (1 - h ** 2)
        g = [X.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
        fast = [p - 0.1 * q for p, q in zip(fast, g)]
    slow = [s + 0.5 * (f - s) for s, f in zip(slow, fast)]
    if outer % 30 == 0:
        print(outer, loss)
