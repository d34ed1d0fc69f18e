import numpy as np

rng = np.random.default_rng(25)
X = rng.uniform(-1, 1, (150, 2))
Y = np.sin(2 * X[:, :1]) * X[:, 1:]
width, depth = 8, 4
W_in, b_in = rng.normal(0, 0.7, (2, width)), np.zeros(width)
blocks = [[rng.normal(0, 0.3, (width, width)), np.zeros(width)] for _ in range(depth)]
W_out, b_out = rng.normal(0, 0.2, (width, 1)), np.zeros(1)

def block_forward(h, W, b):
    a = np.tanh(h @ W + b)
    return h + a, (h, a)

def block_backward(grad, W, cache):
    h, a = cache
    da = grad * (1 - a ** 2)
    return grad + da @ W.T, h.T @ da, da.sum(axis=0)

for step in range(1501):
    h = X @ W_in + b_in
    caches = []
    for W, b in blocks:
        h, cache = block_forward(h, W, b)
        caches.append(cache)
    pred = h @ W_out + b_out
    loss = np.mean((pred - Y) ** 2)
    g = 2 * (pred - Y) / len(X)
    grad_out = h.T @ g, g.sum(axis=0)
    gh = g @ W_out.T
    block_grads = []
    for (W, b), cache in zip(reversed(blocks), reversed(caches)):
        gh, dW, db = block_backward(gh, W, cache)
        block_grads.append((dW, db))
    W_out -= 0.1 * grad_out[0]
    b_out -= 0.1 * grad_out[1]
    for block, (dW, db) in zip(reversed(blocks), block_grads):
        block[0] -= 0.1 * dW
        block[1] -= 0.1 * db
    W_in -= 0.1 * X.T @ gh
    b_in -= 0.1 * gh.sum(axis=0)
    if step % 300 == 0:
        print("step", step, "loss", loss)
print("loss", loss, "variance", Y.var())
