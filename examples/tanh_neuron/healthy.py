"""One tanh neuron that can fit its targets: the healthy counterpart of asked.py and overflow.py.

One input, no hidden layer, one tanh unit; 20 inputs from -0.95 to 0.95, targets tanh(2 x - 0.3); weight 0.5, one bias
of 0.5 for all rows; whole data per step, half squared error, weight decay 0.0001 on the weight, rate 0.07, np.tanh.

Nothing is wrong here: the weight comes to 2 and the bias to -0.3, and the error to 0.
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
        self.weightDecay = 0.0001

        self.weights = []  # a matrix per layer
        self.z = []  # weighted sums per layer
        self.a = []  # activities per layer
        self.biases = []  # per layer
        self.biasNodes = []

        # biases of the output layer, one for all examples
        self.biases.append(np.matrix([0.5 for x in range(self.outputLayerSize)]))

        # the nodes that the biases come from
        for i in range(self.numHiddenLayer + 1):
            self.biasNodes.append(np.matrix([[1 for x in range(self.numExamples)]]).T)

        # weights between input and output
        self.weights.append(np.matrix("0.5"))

    def hypTan(self, z):
        return np.tanh(z)

    def hypTanPrime(self, z):
        return 1 - np.square(np.tanh(z))

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
        dJdWb.insert(0, np.dot(self.biasNodes[-1].T, delta[0]))
        return (dJdW, dJdWb)

    def cost(self, X, y):
        e = y - self.forward(X)
        return 0.5 * np.sum(np.multiply(e, e)) / len(X)

    def train(self, X, y):
        for t in range(1000):
            dJ = self.backProp(X, y)
            dJdW = dJ[0]
            dJdWb = dJ[1]
            for i in range(len(dJdW)):
                if t % 100 == 0:
                    print("dJdW:", dJdW[i], sep=" ", end="\n")
                    print("dJdWb:", dJdWb[i][0], sep=" ", end="\n\n")
                self.weights[i] -= self.learningRate * dJdW[i]
                self.biases[i] -= self.learningRate * dJdWb[i]


NN = NeuralNetwork()
x = np.matrix([[0.1 * (k - 9.5)] for k in range(20)])
y = np.tanh(2 * x - 0.3)

print("INPUT: ", x.T, sep='\n', end='\n\n')
print("BEFORE TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y), end='\n\n')
NN.train(x, y)
print("AFTER TRAINING", NN.forward(x).T, sep='\n', end='\n\n')
print("ERROR: ", NN.cost(x, y))
print("WEIGHT", NN.weights[0], "BIAS", NN.biases[0])
