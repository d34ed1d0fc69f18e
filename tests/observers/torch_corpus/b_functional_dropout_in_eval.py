import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(21)
x = torch.randn(400, 4)
y = (x[:, 0] * x[:, 1] > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 64)
        self.b = nn.Linear(64, 2)

    def forward(self, x):
        x = F.dropout(F.relu(self.a(x)), 0.5)
        return self.b(x)


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(40):
    net.train()
    for rows in torch.randperm(300).split(50):
        opt.zero_grad()
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        opt.step()
net.eval()
with torch.no_grad():
    print((net(x[300:]).argmax(1) == y[300:]).float().mean().item())
