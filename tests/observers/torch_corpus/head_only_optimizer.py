import torch
import torch.nn as nn

torch.manual_seed(11)
x = torch.randn(400, 5)
y = torch.sin(x[:, :1]) + 0.5 * x[:, 1:2]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(5, 128), nn.Tanh())
        self.head = nn.Linear(128, 1)

    def forward(self, x):
        return self.head(self.backbone(x))


net = Net()
optimizer = torch.optim.Adam(net.head.parameters(), lr=0.01)
for epoch in range(400):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
