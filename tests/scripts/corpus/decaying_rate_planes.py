import numpy as np

def make_data(rng):
    X = rng.uniform(-1, 1, size=(80, 2))
    return X, 3 * X[:, 0] - 2 * X[:, 1] + 0.5 + 0.02 * rng.normal(size=80)

def sgd_step(w, b, x, t, lr):
    guess = x.dot(w) + b
    err = guess - t
    return w - lr * err * x, b - lr * err, 0.5 * err ** 2

rng = np.random.default_rng(5)
X, t = make_data(rng)
w, b = np.zeros(2), 0.0
lr0 = 0.2
for epoch in range(30):
    lr = lr0 / (1 + 0.2 * epoch)
    losses = []
    for i in rng.permutation(len(X)):
        w, b, loss = sgd_step(w, b, X[i], t[i], lr)
        losses.append(loss)
    if epoch % 6 == 0:
        print("epoch {:2d} rate {:.3f} loss {:.6f}".format(epoch, lr, np.mean(losses)))
print("w", w, "b", b)
