import torch
import torch.nn as nn

torch.manual_seed(16)
x = torch.randn(300, 4)
y = (x[:, 0] > x[:, 1]).float()


class LogisticNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(4, 8)
        self.l2 = nn.Linear(8, 1)

    def forward(self, x):
        return torch.sigmoid(self.l2(torch.tanh(self.l1(x)))).squeeze(-1)


net = LogisticNet()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
criterion = nn.BCELoss()
for epoch in range(150):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
