import numpy as np

rng = np.random.RandomState(3)
x = np.linspace(-np.pi, np.pi, 100)[:, None]
y = np.sin(x)
params = {
    'W1': rng.randn(1, 16), 'b1': np.zeros(16),
    'W2': rng.randn(16, 1) / 4, 'b2': np.zeros(1),
}
m = {k: np.zeros_like(v) for k, v in params.items()}
v = {k: np.zeros_like(w) for k, w in params.items()}
lr, beta1, beta2, eps = 0.01, 0.9, 0.999, 1e-8

for t in range(1, 1501):
    h = np.tanh(x.dot(params['W1']) + params['b1'])
    out = h.dot(params['W2']) + params['b2']
    loss = 0.5 * np.mean((out - y) ** 2)

    d_out = (out - y) / len(x)
    d_h = d_out.dot(params['W2'].T) * (1 - h ** 2)
    grads = {'W2': h.T.dot(d_out), 'b2': d_out.sum(0), 'W1': x.T.dot(d_h), 'b1': d_h.sum(0)}

    for k in params:
        m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
        v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
        m_hat = m[k] / (1 - beta1 ** t)
        v_hat = v[k] / (1 - beta2 ** t)
        params[k] -= lr * m_hat / (np.sqrt(v_hat) + eps)
    if t % 250 == 0:
        print(t, loss)
