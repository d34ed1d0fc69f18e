"""One tanh neuron, hand-made, on inputs that are too large for it: after the same question as asked.py.

One input, no hidden layer, one tanh unit; 20 inputs 100, 200, ... 2000, targets 0.05, 0.1, ... 1.0; weight 0.5, a
bias of 0.5 stored once per example row; whole data per step, half squared error, weight decay 0, rate 0.07.

Wrong here: z is between 50.5 and 1000.5; (e^z - e^-z) / (e^z + e^-z) is inf / inf beyond z = 710, and the square in
the derivative overflows from z = 355 on. After the first step everything is nan. np.tanh(z) has no such limit, but
the cause is that the inputs are not scaled.
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
        for t in range(100):
            dJ = self.backProp(X, y)
            dJdW = dJ[0]
            dJdWb = dJ[1]
            for i in range(len(dJdW)):
                if t % 10 == 0:
                    print("dJdW:", dJdW[i], sep=" ", end="\n")
                    print("dJdWb:", dJdWb[i][0], sep=" ", end="\n\n")
                self.weights[i] -= self.learningRate * dJdW[i]
                self.biases[i] -= self.learningRate * dJdWb[i]


NN = NeuralNetwork()
x = np.matrix([[100.0 * (k + 1)] for k in range(20)])
y = np.matrix([[0.05 * (k + 1)] for k in range(20)])

print("INPUT: ", x.T, sep='\n', end='\n\n')
print("BEFORE TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y), end='\n\n')
NN.train(x, y)
print("AFTER TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y))
