import numpy as np
rng = np.random.default_rng(12)
X = rng.uniform(-1, 1, (100, 2)); T = np.sin(3 * X[:, :1]) * X[:, 1:]
P = [rng.normal(0, 1, (2, 16)), np.zeros(16), rng.normal(0, .3, (16, 1)), np.zeros(1)]
M = [np.zeros_like(p) for p in P]
for it in range(1500):
    H = np.tanh(X @ P[0] + P[1]); O = H @ P[2] + P[3]
    D = 2 * (O - T) / len(X)
    DH = D @ P[2].T * (1 - H * H)
    G = [X.T @ DH, -DH.sum(0), H.T @ D, D.sum(0)]
    for k in range(4):
        M[k] = .9 * M[k] + G[k]
        P[k] = P[k] - .02 * M[k]
    if it % 300 == 0: print(it, ((O - T) ** 2).mean())
