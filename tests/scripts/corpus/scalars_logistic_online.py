import math
import random

random.seed(0)
hours = [0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0, 2.2, 2.5, 2.8, 3.0, 3.3, 3.6, 4.0, 4.2, 4.5]
passed = [0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1]
mean = sum(hours) / len(hours)

weight = 0.01
bias = 0.0
alpha = 0.05
order = list(range(len(hours)))

for epoch in range(300):
    random.shuffle(order)
    cost = 0.0
    for k in order:
        x = hours[k] - mean
        p = 1 / (1 + math.exp(-(weight * x + bias)))
        cost -= passed[k] * math.log(p) + (1 - passed[k]) * math.log(1 - p)
        weight = weight - alpha * (p - passed[k]) * x
        bias = bias - alpha * (p - passed[k])
    if epoch % 60 == 0:
        print("epoch %3d  cost %.4f" % (epoch, cost / len(hours)))
print("weight %.3f bias %.3f cost %.4f" % (weight, bias, cost / len(hours)))
