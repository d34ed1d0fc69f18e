import numpy as np

np.random.seed(1)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


# two half moons
n = 80
a = np.random.rand(n) * np.pi
inner = np.c_[np.cos(a), np.sin(a)]
outer = np.c_[1 - np.cos(a), 0.5 - np.sin(a)]
X = np.vstack([inner, outer]) + 0.08 * np.random.randn(2 * n, 2)
Y = np.r_[np.zeros(n), np.ones(n)].reshape(-1, 1)

W1 = np.random.randn(2, 10) * 0.8
b1 = np.zeros((1, 10))
W2 = np.random.randn(10, 1) * 0.4
b2 = np.zeros((1, 1))

EPOCHS = 5
for epoch in range(EPOCHS):
    hidden = np.tanh(X.dot(W1) + b1)
    out = sigmoid(hidden.dot(W2) + b2)
    loss = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    d2 = (out - Y) / len(X)
    d1 = d2.dot(W2.T) * (1 - hidden ** 2)
    W2 -= 0.5 * hidden.T.dot(d2)
    b2 -= 0.5 * d2.sum(0, keepdims=True)
    W1 -= 0.5 * X.T.dot(d1)
    b1 -= 0.5 * d1.sum(0, keepdims=True)
    print("epoch", epoch + 1, "loss", loss)
