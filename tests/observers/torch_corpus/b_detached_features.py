import torch
import torch.nn as nn

torch.manual_seed(16)
x = torch.rand(300, 2) * 4 - 2
y = (x[:, :1] * x[:, 1:]).sin()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(2, 4), nn.Tanh())
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        h = self.features(x).detach()
        return self.head(h)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(300):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
