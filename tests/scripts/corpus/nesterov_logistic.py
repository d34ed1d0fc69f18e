import numpy as np
from sklearn.datasets import load_iris

data = load_iris()
X = data.data[50:, 2:]
X = (X - X.mean(0)) / X.std(0)
X = np.c_[np.ones(len(X)), X]
y = (data.target[50:] == 2).astype(float)

theta = np.zeros(3)
velocity = np.zeros(3)
lr, mu = 0.1, 0.9

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def gradient(th):
    return X.T.dot(sigmoid(X.dot(th)) - y) / len(y)

def cost(th):
    p = sigmoid(X.dot(th))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

for i in range(501):
    ahead = theta + mu * velocity
    velocity = mu * velocity - lr * gradient(ahead)
    theta = theta + velocity
    if i % 100 == 0:
        print("iteration", i, "cost", cost(theta))
print("theta", theta, "accuracy", np.mean((X.dot(theta) > 0) == (y == 1)))
