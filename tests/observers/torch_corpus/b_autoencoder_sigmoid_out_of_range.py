import torch, torch.nn as nn
torch.manual_seed(0)
z = torch.randn(400, 3); x = z @ torch.randn(3, 12); x = (x - x.mean(0)) / x.std(0)
ae = nn.Sequential(nn.Linear(12, 6), nn.ReLU(), nn.Linear(6, 12), nn.Sigmoid())
o = torch.optim.Adam(ae.parameters(), 5e-3)
for e in range(20):
    for b in x[torch.randperm(400)].split(40):
        l = nn.functional.mse_loss(ae(b), b); o.zero_grad(); l.backward(); o.step()
print(l.item())
