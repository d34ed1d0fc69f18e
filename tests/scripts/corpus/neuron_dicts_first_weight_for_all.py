from math import exp
from random import seed, uniform

seed(3)
def neuron(n):
    return {'w': [uniform(-1, 1) for _ in range(n + 1)], 'out': 0.0, 'delta': 0.0}

layers = [[neuron(2) for _ in range(3)], [neuron(3)]]
rows = [([0.1, 0.9], 0.8), ([0.4, 0.3], 0.4), ([0.8, 0.7], 0.3), ([0.6, 0.1], 0.7), ([0.2, 0.5], 0.6)]

def forward(inputs):
    for layer in layers:
        outs = []
        for n in layer:
            s = n['w'][-1] + sum(w * x for w, x in zip(n['w'], inputs))
            n['out'] = 1 / (1 + exp(-s))
            outs.append(n['out'])
        inputs = outs
    return inputs[0]

def backward(target):
    last = layers[1][0]
    last['delta'] = (last['out'] - target) * last['out'] * (1 - last['out'])
    for n in layers[0]:
        error = last['w'][0] * last['delta']
        n['delta'] = error * n['out'] * (1 - n['out'])

for epoch in range(60):
    cost = 0.0
    for inputs, target in rows:
        cost += (forward(inputs) - target) ** 2 / 2
        backward(target)
        sources = [inputs, [n['out'] for n in layers[0]]]
        for source, layer in zip(sources, layers):
            for n in layer:
                for i, x in enumerate(source):
                    n['w'][i] -= 0.5 * n['delta'] * x
                n['w'][-1] -= 0.5 * n['delta']
    if epoch % 12 == 0:
        print("epoch", epoch, "cost", cost / len(rows))
