"""Seven hidden sigmoid layers and a sigmoid output on sin(x + y + z), as somebody asked about them (Stack Exchange).

100,000 rows; x, y, z uniform in [-0.05, 0.056), so that 44 of 100 sines are negative; seven hidden layers of ten
sigmoid units, a sigmoid output; weights normal with variance 1 / inputs, biases 0; the whole data in each iteration,
rate 3, momentum 0.9; the cost is half the squared error, summed over the rows. It has its minimum at the fourth
iteration ("cost 140", and the asker expected less), and rises from then on.

The gradient is right. What is wrong: a sigmoid gives numbers in (0, 1), and 44 of 100 targets are negative, so that
no weights can fit them (the best cost that any such output can reach is about 53); seven sigmoid layers leave almost
no gradient for the first ones; and rate and momentum carry the output past its best constant down to 0, where the
sigmoid is flat and nothing brings it back: that is the rise after the fourth iteration. 140 over 100,000 rows is
0.0014 a row, and the targets are small: answering 0 to every row costs 144.
"""
import numpy as np

np.random.seed(3)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


rows = 100000
inputs = np.random.uniform(-0.05, 0.056, (rows, 3))
targets = np.sin(inputs.sum(axis=1, keepdims=True))

sizes = [3, 10, 10, 10, 10, 10, 10, 10, 1]
rate = 3.0
momentum = 0.9

weights = []
biases = []
for n_in, n_out in zip(sizes[:-1], sizes[1:]):
    weights.append(np.random.randn(n_in, n_out) / np.sqrt(n_in))
    biases.append(np.zeros((1, n_out)))
weight_velocity = [np.zeros_like(w) for w in weights]
bias_velocity = [np.zeros_like(b) for b in biases]

for iteration in range(1, 21):
    # forward: a list of the activations of all layers
    activations = [inputs]
    for w, b in zip(weights, biases):
        activations.append(sigmoid(activations[-1].dot(w) + b))
    output = activations[-1]

    cost = 0.5 * np.sum((output - targets) ** 2)
    print("iteration", iteration, "cost %.2f" % cost)

    # backward: all gradients first, then the update
    delta = (output - targets) * output * (1 - output)
    weight_gradients = [None] * len(weights)
    bias_gradients = [None] * len(weights)
    for l in range(len(weights) - 1, -1, -1):
        weight_gradients[l] = activations[l].T.dot(delta) / rows
        bias_gradients[l] = delta.sum(axis=0, keepdims=True) / rows
        if l > 0:
            delta = delta.dot(weights[l].T) * activations[l] * (1 - activations[l])

    for l in range(len(weights)):
        weight_velocity[l] = momentum * weight_velocity[l] - rate * weight_gradients[l]
        bias_velocity[l] = momentum * bias_velocity[l] - rate * bias_gradients[l]
        weights[l] = weights[l] + weight_velocity[l]
        biases[l] = biases[l] + bias_velocity[l]

print("first layer's largest gradient:", np.abs(weight_gradients[0]).max())
print("last layer's largest gradient: ", np.abs(weight_gradients[-1]).max())
