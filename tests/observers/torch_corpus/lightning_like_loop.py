import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LitModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 32), nn.GELU(), nn.Linear(32, 1))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.huber_loss(self.net(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.huber_loss(self.net(x), y)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=5e-3)


class Trainer:
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, model, train, val):
        optimizer = model.configure_optimizers()
        for epoch in range(self.max_epochs):
            model.train()
            for i, batch in enumerate(train):
                loss = model.training_step(batch, i)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                losses = [model.validation_step(b, i) for i, b in enumerate(val)]
            print(epoch, float(torch.stack(losses).mean()))


torch.manual_seed(20)
x = torch.randn(400, 3)
y = (x[:, :1] * x[:, 1:2]) + x[:, 2:]
train = DataLoader(TensorDataset(x[:320], y[:320]), batch_size=32, shuffle=True)
val = DataLoader(TensorDataset(x[320:], y[320:]), batch_size=80)
Trainer(25).fit(LitModel(), train, val)
