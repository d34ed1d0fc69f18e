import numpy as np
from sklearn.datasets import load_iris

X, labels = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
Y = np.eye(3)[labels]
n_in, n_hid, n_out = 4, 6, 3
cut = n_hid * (n_in + 1)

def cost_function(nn_params, X, Y, lam):
    m = len(X)
    Theta1 = nn_params[:cut].reshape(n_hid, n_in + 1)
    Theta2 = nn_params[cut:].reshape(n_out, n_hid + 1)
    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1 @ Theta1.T
    a2 = np.hstack([np.ones((m, 1)), 1 / (1 + np.exp(-z2))])
    h = 1 / (1 + np.exp(-(a2 @ Theta2.T)))
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    d3 = h - Y
    d2 = (d3 @ Theta2[:, 1:]) * a2[:, 1:] * (1 - a2[:, 1:])
    grad1 = d2.T @ a1 / m
    grad2 = d3.T @ a2 / m
    grad1[:, 1:] += lam / m * Theta1[:, 1:]
    grad2[:, 1:] += lam / m * Theta2[:, 1:]
    return J, np.concatenate([grad1.ravel(), grad2.ravel()]), h

np.random.seed(0)
params = np.random.uniform(-0.5, 0.5, cut + n_out * (n_hid + 1))
for it in range(801):
    J, grad, h = cost_function(params, X, Y, 0.1)
    params = params - 1.0 * grad
    if it % 200 == 0:
        print("iteration", it, "J", J)
print("training accuracy", np.mean(h.argmax(1) == labels))
