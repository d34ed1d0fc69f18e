import numpy as np

rng = np.random.default_rng(6)
x = np.linspace(-1, 1, 64).reshape(-1, 1)
y = x ** 3 - 0.5 * x
H = 10
W1, b1 = rng.normal(0, 2, (1, H)), rng.normal(0, 1, H)
W2, b2 = rng.normal(0, 0.3, (H, 1)), np.zeros(1)
z = np.empty((64, H))
out = np.empty((64, 1))
err = np.empty((64, 1))
dz = np.empty((64, H))
gW1, gW2 = np.empty_like(W1), np.empty_like(W2)
lr = 0.1

for step in range(3000):
    np.dot(x, W1, out=z)
    np.add(z, b1, out=z)
    np.tanh(z, out=z)
    np.dot(z, W2, out=out)
    out += b2
    np.subtract(out, y, out=err)
    if step % 600 == 0:
        print(step, "mse", float(np.mean(err ** 2)))
    err *= 2.0 / len(x)
    np.dot(err, W2.T, out=dz)
    dz *= 1 - z ** 2
    np.dot(z.T, err, out=gW2)
    np.dot(x.T, dz, out=gW1)
    np.subtract(W2, lr * gW2, out=W2)
    np.subtract(b2, lr * err.sum(axis=0), out=b2)
    np.subtract(W1, lr * gW1, out=W1)
    np.subtract(b1, lr * dz.sum(axis=0), out=b1)
np.subtract(out, y, out=err)
print("final mse", float(np.mean(err ** 2)))
