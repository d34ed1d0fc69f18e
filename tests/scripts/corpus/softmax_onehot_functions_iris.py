import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

def one_hot(labels, k):
    out = np.zeros((len(labels), k))
    out[np.arange(len(labels)), labels] = 1
    return out

def softmax(z):
    z = z - np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)

def forward(x, w1, b1, w2, b2):
    h = np.tanh(x.dot(w1) + b1)
    return h, softmax(h.dot(w2) + b2)

def loss(p, t):
    return -np.sum(t * np.log(p + 1e-12)) / len(t)

def gradients(x, t, h, p, w2):
    d2 = (p - t) / len(t)
    d1 = d2.dot(w2.T) * (1 - h ** 2)
    return x.T.dot(d1), d1.sum(axis=0), h.T.dot(d2), d2.sum(axis=0)

X, labels = load_iris(return_X_y=True)
X_train, X_test, l_train, l_test = train_test_split(X, labels, test_size=0.3, random_state=7, stratify=labels)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
T = one_hot(l_train, 3)

rng = np.random.RandomState(0)
w1, b1 = rng.normal(0, 0.5, (4, 8)), np.zeros(8)
w2, b2 = rng.normal(0, 0.5, (8, 3)), np.zeros(3)
rate = 0.5
for epoch in range(400):
    h, p = forward(X_train, w1, b1, w2, b2)
    g = gradients(X_train, T, h, p, w2)
    w1, b1 = w1 - rate * g[0], b1 - rate * g[1]
    w2, b2 = w2 - rate * g[2], b2 - rate * g[3]
    if epoch % 100 == 0:
        print("epoch", epoch, "loss", loss(p, T))
_, p = forward(X_test, w1, b1, w2, b2)
print("test accuracy", np.mean(np.argmax(p, axis=1) == l_test))
