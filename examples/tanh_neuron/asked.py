"""One tanh neuron on y = 2 x, as somebody asked about it ("gradient becomes very small", Stack Exchange).

One input, no hidden layer, one tanh unit; 20 inputs 0.025, 0.05, ... 0.5, targets 0.05, 0.1, ... 1.0; weight 0.5, a
bias of 0.5 stored once per example row; whole data per step, half squared error, weight decay 0, rate 0.07, 10,000
steps; at the end it waits for inputs of the user's.

Nothing is wrong with the gradient, and it does not vanish: it becomes small because the error is at its minimum. What
is true beside that: tanh only approaches the last target, 1.0, and can follow a straight line only roughly. (np.mat,
in the last lines, is gone from NumPy 2.)
"""
import numpy as np


class NeuralNetwork(object):
    def __init__(self):
        self.inputLayerSize = 1
        self.outputLayerSize = 1
        self.hiddenLayerSize = 0
        self.numHiddenLayer = 0
        self.numExamples = 20
        self.learningRate = 0.07
        self.weightDecay = 0

        self.weights = []  # a matrix per layer
        self.z = []  # weighted sums per layer
        self.a = []  # activities per layer
        self.biases = []  # per layer: a row per example
        self.biasNodes = []

        # biases of the output layer, one row per example
        b = [0.5 for x in range(self.outputLayerSize)]
        self.biases.append(np.matrix([b for x in range(self.numExamples)]))

        # the nodes that the biases come from
        for i in range(self.numHiddenLayer + 1):
            self.biasNodes.append(np.matrix([[1 for x in range(self.numExamples)]]).T)

        # weights between input and output
        self.weights.append(np.matrix("0.5"))

    def setBatchSize(self, numExamples):
        # keep as many rows of the biases as there are examples
        if self.numExamples > numExamples:
            self.biases = [b[:numExamples] for b in self.biases]

    def hypTan(self, z):
        return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))

    def hypTanPrime(self, z):
        return 4 / np.multiply((np.exp(z) + np.exp(-z)), (np.exp(z) + np.exp(-z)))

    def forward(self, X):
        self.z = []
        self.a = []
        self.z.append(np.dot(X, self.weights[0]) + self.biases[0])
        self.a.append(self.hypTan(self.z[0]))
        yHat = self.a[-1]
        return yHat

    def backProp(self, X, y):
        dJdWb = []
        dJdW = []
        delta = []
        self.yHat = self.forward(X)

        delta.insert(0, np.multiply(-(y - self.yHat), self.hypTanPrime(self.z[-1])))
        dJdW.insert(0, np.dot(X.T, delta[0]) + (self.weightDecay * self.weights[-1]))
        dJdWb.insert(0, np.dot(self.biasNodes[-1].T, delta[0]) + (self.weightDecay * self.biases[-1]))
        return (dJdW, dJdWb)

    def cost(self, X, y):
        e = y - self.forward(X)
        return 0.5 * np.sum(np.multiply(e, e)) / len(X)

    def train(self, X, y):
        for t in range(10000):
            dJ = self.backProp(X, y)
            dJdW = dJ[0]
            dJdWb = dJ[1]
            for i in range(len(dJdW)):
                if t % 1000 == 0:
                    print("dJdW:", dJdW[i], sep=" ", end="\n")
                    print("dJdWb:", dJdWb[i][0], sep=" ", end="\n\n")
                self.weights[i] -= self.learningRate * dJdW[i]
                self.biases[i] -= self.learningRate * dJdWb[i]


NN = NeuralNetwork()
x = np.matrix("0.025; 0.05; 0.075; 0.1; 0.125; 0.15; 0.175; 0.2; 0.225; 0.25; 0.275; 0.3; 0.325; 0.35; 0.375; 0.4; "
              "0.425; 0.45; 0.475; 0.5")
y = np.matrix("0.05; 0.1; 0.15; 0.2; 0.25; 0.3; 0.35; 0.4; 0.45; 0.5; 0.55; 0.6; 0.65; 0.7; 0.75; 0.8; "
              "0.85; 0.9; 0.95; 1.0")

print("INPUT: ", x.T, sep='\n', end='\n\n')
print("BEFORE TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y), end='\n\n')
NN.train(x, y)
print("AFTER TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y))

NN.setBatchSize(1)  # from here on, one input at a time

while True:
    inputs = input()
    x = np.mat([float(i) for i in inputs.split(" ")])
    print(NN.forward(x))
