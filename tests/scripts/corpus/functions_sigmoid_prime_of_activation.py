import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

rng = np.random.RandomState(0)
x = rng.uniform(-1, 1, (50, 2))
t = (0.2 + 0.6 * (x[:, :1] > x[:, 1:])).astype(float)
w1, b1 = rng.uniform(-1, 1, (2, 5)), rng.uniform(-1, 1, 5)
w2, b2 = rng.uniform(-1, 1, (5, 1)), np.zeros(1)

for epoch in range(1000):
    h = sigmoid(x.dot(w1) + b1)
    o = sigmoid(h.dot(w2) + b2)
    delta_o = (o - t) * sigmoid_prime(o)
    delta_h = delta_o.dot(w2.T) * sigmoid_prime(h)
    w2 -= 0.1 * h.T.dot(delta_o)
    b2 -= 0.1 * delta_o.sum(axis=0)
    w1 -= 0.1 * x.T.dot(delta_h)
    b1 -= 0.1 * delta_h.sum(axis=0)
    if epoch % 200 == 0:
        print(epoch, 0.5 * np.mean((o - t) ** 2))
