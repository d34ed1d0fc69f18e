import numpy as np

np.random.seed(8)
N, D, H = 400, 1, 32
x = np.random.uniform(-3, 3, (N, D))
t = np.sin(x) + 0.02 * np.random.randn(N, 1)

W1 = np.random.randn(D, H) * np.sqrt(2.0 / D)
b1 = np.random.uniform(-2, 2, H)
W2 = np.random.randn(H, 1) * np.sqrt(2.0 / H)
b2 = np.zeros(1)

batch, lr = 40, 0.02
for epoch in range(400):
    idx = np.random.permutation(N)
    losses = []
    for k in range(0, N, batch):
        xb = x[idx[k:k + batch]]
        tb = t[idx[k:k + batch]]
        a1 = xb @ W1 + b1
        h = np.maximum(0, a1)
        y = h @ W2 + b2
        losses.append(np.mean((y - tb) ** 2))
        gy = 2 * (y - tb) / len(xb)
        gW2 = h.T @ gy
        gb2 = gy.sum(0)
        gh = gy @ W2.T
        gh[a1 <= 0] = 0
        gW1 = xb.T @ gh
        gb1 = gh.sum(0)
        for p, g in ((W1, gW1), (b1, gb1), (W2, gW2), (b2, gb2)):
            p -= lr * g
    if epoch % 80 == 0:
        print("epoch %d mse %.5f" % (epoch, np.mean(losses)))
print("final mse %.5f, variance of the targets %.3f" % (np.mean(losses), t.var()))
