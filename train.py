import torch
from torch import nn
model = nn.Linear(9, 5)
def train(model, loader, optimizer):
    model.train()
    total = 0
    for i, batch in enumerate(loader):
        src = batch["src"].to("cuda")
        trg = batch.trg
        # src = [length, batch size, 8]
        # trg = [length, batch size]
        optimizer.zero_grad()
        output = model(src)
        # output = [length, batch size, 5]
        flat = output[1:].view(-1, output.shape[-1])
        # flat = [(length - 1) * batch size, 5]
        loss = nn.functional.cross_entropy(flat, trg[1:].view(-1))
        loss.backward()
        total += loss.item()
    return total / len(loader)
