import numpy as np

rng = np.random.default_rng(1)
x = np.linspace(-1, 1, 50)[:, None]
y = np.sin(3 * x)
P = [rng.normal(0, 2, (1, 10)), np.zeros(10), rng.normal(0, 0.3, (10, 1)), np.zeros(1)]
M = [np.zeros_like(p) for p in P]
V = [np.zeros_like(p) for p in P]
for t in range(1, 301):
    h = np.tanh(x @ P[0] + P[1])
    o = h @ P[2] + P[3]
    loss = np.mean((o - y) ** 2)
    d = 2 * (o - y) / len(x)
    dh = d @ P[2].T * (1 - h ** 2)
    G = [x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
    for i in range(4):
        M[i] = 0.9 * M[i] + 0.1 * G[i]
        V[i] = 0.999 * V[i] + 0.001 * np.abs(G[i])
        m = M[i] / (1 - 0.9 ** t)
        v = V[i] / (1 - 0.999 ** t)
        P[i] = P[i] - 0.01 * m / (np.sqrt(v) + 1e-8)
    if t % 60 == 0:
        print(t, loss)
