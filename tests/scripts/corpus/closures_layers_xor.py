import numpy as np

rng = np.random.RandomState(19)

def make_dense(n_in, n_out, rate):
    weight = rng.normal(0, 1, (n_in, n_out))
    bias = np.zeros(n_out)
    memory = {}

    def forward(x):
        memory['x'] = x
        return x @ weight + bias

    def backward(grad):
        nonlocal weight, bias
        down = grad @ weight.T
        weight = weight - rate * memory['x'].T @ grad
        bias = bias - rate * grad.sum(axis=0)
        return down

    return forward, backward

def make_sigmoid():
    memory = {}

    def forward(x):
        memory['y'] = 1 / (1 + np.exp(-x))
        return memory['y']

    def backward(grad):
        return grad * memory['y'] * (1 - memory['y'])

    return forward, backward

layers = [make_dense(2, 4, 2.0), make_sigmoid(), make_dense(4, 1, 2.0), make_sigmoid()]
X = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = np.array([[0.], [1.], [1.], [0.]])
for epoch in range(4001):
    value = X
    for forward, _ in layers:
        value = forward(value)
    if epoch % 1000 == 0:
        print("epoch", epoch, "loss", np.mean((value - Y) ** 2))
    grad = 2 * (value - Y) / len(Y)
    for _, backward in reversed(layers):
        grad = backward(grad)
print(value.round(3).ravel())
