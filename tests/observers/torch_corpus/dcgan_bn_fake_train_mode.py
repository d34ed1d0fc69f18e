import torch, torch.nn as nn
torch.manual_seed(0)
real = torch.randn(512, 2) * torch.tensor([1.0, 0.3])
G = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
og, od = torch.optim.Adam(G.parameters(), 2e-3), torch.optim.Adam(D.parameters(), 2e-3)
bce = nn.BCEWithLogitsLoss()
for it in range(200):
    r = real[torch.randint(0, 512, (64,))]
    f = G(torch.randn(64, 4))
    D.zero_grad()
    lr_ = bce(D(r), torch.ones(64, 1)); lr_.backward()
    lf = bce(D(f.detach()), torch.zeros(64, 1)); lf.backward()
    od.step()
    G.zero_grad(); lg = bce(D(f), torch.ones(64, 1)); lg.backward(); og.step()
with torch.no_grad(): print(G(torch.randn(8, 4)).mean().item())
