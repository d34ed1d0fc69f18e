import torch
import torch.nn as nn

torch.manual_seed(14)
x = torch.linspace(-2, 2, 100).unsqueeze(1)
y = x ** 3 - x
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10)


def closure():
    optimizer.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    return loss


for i in range(30):
    loss = optimizer.step(closure)
print(loss.item())
