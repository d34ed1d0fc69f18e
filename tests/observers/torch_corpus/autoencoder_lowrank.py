import torch
import torch.nn as nn

torch.manual_seed(7)
codes = torch.randn(500, 4)
data = torch.tanh(codes @ torch.randn(4, 20) * 0.5)
encoder = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 4))
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 20))
params = list(encoder.parameters()) + list(decoder.parameters())
optimizer = torch.optim.AdamW(params, lr=3e-3)
for epoch in range(60):
    for batch in data[torch.randperm(500)].split(50):
        loss = nn.functional.mse_loss(decoder(encoder(batch)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(loss.item())
