import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import make_blobs

X, y = make_blobs(n_samples=120, centers=[[-1, 0], [1, 1]], cluster_std=1.0, random_state=3)
A = np.c_[np.ones(len(X)), X]

def objective(theta):
    p = 1 / (1 + np.exp(-A @ theta))
    J = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad = A.T @ (p - y) / len(y)
    return J, grad

result = minimize(objective, np.zeros(3), jac=True, method='BFGS')
print(result.message)
print("theta", result.x, "cost", result.fun)
