import numpy as np

rng = np.random.default_rng(8)
angles = rng.uniform(-1, 1, (200, 2))
goal = np.stack([np.cos(angles[:, 0]) + 0.5 * np.cos(angles.sum(1)), np.sin(angles[:, 0]) + 0.5 * np.sin(angles.sum(1))], 1)
goal = goal - goal.mean(0)
W = rng.normal(0, 0.7, (2, 15))
bw = rng.normal(0, 0.3, 15)
U = rng.normal(0, 0.25, (15, 2))
bu = np.zeros(2)
lr = 0.1
for epoch in range(3000):
    h = np.tanh(np.einsum('ni,ij->nj', angles, W) + bw)
    out = np.einsum('nj,jk->nk', h, U) + bu
    err = out - goal
    loss = 0.5 * np.einsum('nk,nk->', err, err) / len(err)
    g = err / len(err)
    gh = np.einsum('nk,jk->nj', g, U) * (1 - h ** 2)
    U -= lr * np.einsum('nj,nk->jk', h, g)
    bu -= lr * np.einsum('nk->k', g)
    W -= lr * np.einsum('ni,nj->ij', angles, gh)
    bw -= lr * np.einsum('nj->j', gh)
    if epoch % 600 == 0:
        print("epoch", epoch, "loss", loss)
print("final loss", loss)
