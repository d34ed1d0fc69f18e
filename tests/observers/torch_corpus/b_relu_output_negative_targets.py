import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)
x = torch.linspace(-3, 3, 200).unsqueeze(1)
y = torch.sin(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(1, 32)
        self.b = nn.Linear(32, 32)
        self.c = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.a(x))
        x = F.relu(self.b(x))
        return F.relu(self.c(x))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(500):
    optimizer.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
