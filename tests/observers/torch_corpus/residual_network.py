import torch
import torch.nn as nn

torch.manual_seed(18)
x = torch.rand(512, 2) * 4 - 2
y = torch.sin(x[:, :1]) * torch.cos(x[:, 1:])


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.a = nn.Linear(d, d)
        self.b = nn.Linear(d, d)

    def forward(self, h):
        return h + self.b(torch.relu(self.a(self.norm(h))))


model = nn.Sequential(nn.Linear(2, 24), Block(24), Block(24), Block(24), nn.Linear(24, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
for epoch in range(30):
    for rows in torch.randperm(512).split(64):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
print(loss.item())
