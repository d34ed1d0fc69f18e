import torch
import torch.nn as nn

torch.manual_seed(20)
x = torch.randn(400, 6)
y = (x[:, :1] + x[:, 1:2] ** 2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 32)
        self.bn = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(25):
    for rows in torch.randperm(320).split(32):
        opt.zero_grad()
        nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
        opt.step()
with torch.no_grad():
    print("test", nn.functional.mse_loss(net(x[320:]), y[320:]).item())
