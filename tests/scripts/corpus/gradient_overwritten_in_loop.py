import numpy as np

def batch_gradient(W, b, xs, ts):
    gW = np.zeros_like(W)
    gb = np.zeros_like(b)
    loss = 0.0
    for x, t in zip(xs, ts):
        o = W @ x + b
        loss += 0.5 * np.sum((o - t) ** 2)
        gW = np.outer(o - t, x)
        gb += o - t
    return loss / len(xs), gW / len(xs), gb / len(xs)

rng = np.random.RandomState(4)
xs = rng.uniform(-1, 1, (30, 3))
ts = xs @ rng.randn(3, 2) + 0.5
W = np.zeros((2, 3))
b = np.zeros(2)
for epoch in range(300):
    loss, gW, gb = batch_gradient(W, b, xs, ts)
    W -= 0.2 * gW
    b -= 0.2 * gb
    if epoch % 60 == 0:
        print("epoch", epoch, "loss", loss)
