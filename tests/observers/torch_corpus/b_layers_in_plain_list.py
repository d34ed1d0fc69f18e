import torch
import torch.nn as nn

torch.manual_seed(14)
x = torch.rand(300, 1) * 6 - 3
y = torch.sin(3 * x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(1, 8), nn.Linear(8, 8)]
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        return self.out(x)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(300):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
