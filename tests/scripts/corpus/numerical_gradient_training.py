import numpy as np

np.random.seed(1)
x = np.linspace(-2, 2, 25).reshape(-1, 1)
t = np.tanh(2 * x) * 0.5 + 0.1
params = {'W1': np.random.randn(1, 3), 'b1': np.zeros(3), 'W2': np.random.randn(3, 1) * 0.5, 'b2': np.zeros(1)}

def predict(x):
    h = np.tanh(np.dot(x, params['W1']) + params['b1'])
    return np.dot(h, params['W2']) + params['b2']

def loss():
    return np.mean((predict(x) - t) ** 2)

def numerical_gradient(f, w):
    h = 1e-4
    grad = np.zeros_like(w)
    it = np.nditer(w, flags=['multi_index'])
    for _ in it:
        idx = it.multi_index
        keep = w[idx]
        w[idx] = keep + h
        up = f()
        w[idx] = keep - h
        down = f()
        grad[idx] = (up - down) / (2 * h)
        w[idx] = keep
    return grad

for step in range(600):
    grads = {k: numerical_gradient(loss, params[k]) for k in params}
    for k in params:
        params[k] -= 0.3 * grads[k]
    if step % 120 == 0:
        print("step", step, "loss", loss())
print("final loss", loss(), "variance", t.var())
