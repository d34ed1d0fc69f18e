import torch
import torch.nn as nn

torch.manual_seed(3)
x = torch.randn(400, 3)
y = (x[:, 0] + x[:, 1] > 0.3).float().unsqueeze(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 16)
        self.fc2 = nn.Linear(16, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc2(torch.relu(self.fc1(x))))


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.005)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(60):
    opt.zero_grad()
    loss = loss_fn(net(x), y)
    loss.backward()
    opt.step()
print(loss.item())
