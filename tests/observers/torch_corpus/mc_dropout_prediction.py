import torch
import torch.nn as nn

torch.manual_seed(24)
x = torch.linspace(-1, 1, 200).unsqueeze(1)
y = x ** 2
model = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(400):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
model.train()
with torch.no_grad():
    samples = torch.stack([model(x) for _ in range(20)])
print(samples.mean(0).mean().item(), samples.std(0).mean().item())
