import numpy as np

rng = np.random.RandomState(2)
U_true, V_true = rng.normal(size=(15, 2)), rng.normal(size=(12, 2))
ratings = [(u, i, float(U_true[u] @ V_true[i]) + 0.05 * rng.randn()) for u in range(15) for i in range(12) if rng.rand() < 0.7]
mu = np.mean([r for _, _, r in ratings])
P = rng.normal(scale=0.3, size=(15, 3))
Q = rng.normal(scale=0.3, size=(12, 3))
bu, bi = np.zeros(15), np.zeros(12)
gamma, lam = 0.05, 0.01

for epoch in range(100):
    sse = 0.0
    for k in rng.permutation(len(ratings)):
        u, i, r = ratings[k]
        e = r - (mu + bu[u] + bi[i] + P[u] @ Q[i])
        sse += e * e
        bu[u] += gamma * (e - lam * bu[u])
        bi[i] += gamma * (e - lam * bi[i])
        pu = P[u].copy()
        P[u] += gamma * (e * Q[i] - lam * P[u])
        Q[i] += gamma * (e * pu - lam * Q[i])
    if epoch % 20 == 0:
        print("epoch", epoch, "rmse", np.sqrt(sse / len(ratings)))
print("rmse", np.sqrt(sse / len(ratings)))
