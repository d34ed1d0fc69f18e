import numpy as np

np.random.seed(9)
m = 60
size = np.random.uniform(50, 250, m)
rooms = np.random.randint(1, 6, m)
price = 1.2 * size + 15 * rooms + 20 + np.random.randn(m) * 5

def feature_normalize(X):
    mu = X.mean(axis=0)
    sigma = X.std(axis=0)
    return (X - mu) / sigma, mu, sigma

def compute_cost(X, y, theta):
    m = y.size
    predictions = X.dot(theta)
    return np.sum((predictions - y) ** 2) / (2 * m)

def gradient_descent(X, y, theta, alpha, num_iters):
    m = y.size
    J_history = []
    for i in range(num_iters):
        predictions = X.dot(theta)
        theta = theta - (alpha / m) * np.dot(X.T, predictions - y)
        J_history.append(compute_cost(X, y, theta))
    return theta, J_history

X, mu, sigma = feature_normalize(np.column_stack([size, rooms]))
y = (price - price.mean()) / price.std()
X = np.hstack([np.ones((m, 1)), X])
theta, J_history = gradient_descent(X, y, np.zeros(3), 0.1, 200)
print("cost at the start", J_history[0], "and the end", J_history[-1])
print("theta", theta)
