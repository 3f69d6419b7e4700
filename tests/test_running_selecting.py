"""Which statements of a document run: judged by their syntax, right and wrong rows."""

from __future__ import annotations

import ast

import pytest

from archcheck.running.preparing import RUNNER, prepared
from archcheck.running.selecting import changed_names, imported_names, looping, stored_names, unwanted

IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np
import torch, requests
import urllib.request
import torchvision
from PIL import Image
from torch.utils.tensorboard import SummaryWriter
from torchvision import datasets, transforms
from torchvision.datasets import MNIST, ImageNet
"""
STATEMENTS = [
    # a statement of the top level                                        what it is           why this row
    ("for x, y in train_loader:\n    plt.plot(x)", None, "a loop is judged where it runs"),
    ("plt.plot(x)", "plotting", "by the name that it is imported under"),
    ("fig, ax = plt.subplots()", "plotting", "what it gives is kept"),
    ("fig.savefig('a.png')", "plotting", "a method that can be nothing else"),
    ("writer = SummaryWriter('logs')", "plotting", "a log"),
    ("data = MNIST('.', download=True)", None, "a data set for which something stands"),
    ("data = ImageNet('.')", "a download", "a data set by its class"),
    ("data = datasets.CelebA('.')", "a download", "a data set of a module"),
    ("data = torchvision.datasets.CelebA('.')", "a download", "by its whole name"),
    ("data = datasets.FakeData(3)", None, "made data"),
    ("data = datasets.ImageFolder('x')", "file access", "the longest name that fits"),
    ("t = transforms.Compose([])", None, "no data"),
    ("text = requests.get(url).text", "a download", "inside an expression"),
    ("net = Bert.from_pretrained('x')", "a download", "weights"),
    ("net = torch.hub.load('a', 'b')", "a download", "a repository"),
    ("torch.save(net.state_dict(), 'a.pt')", "file access", "writes"),
    ("net.load_state_dict(torch.load('a.pt'))", "file access", "reads"),
    ("with open('a') as f:\n    x = 1", "file access", "a block around a file"),
    ("img = Image.open('a.png')", "file access", "a picture"),
    ("a = np.load('a.npy')", "file access", "numbers"),
    ("a = np.zeros(3)", None, "numbers that are made"),
    ("show = lambda x: plt.plot(x)", None, "plots later"),
    ("def show(x):\n    plt.plot(x)", None, "a function"),
    ("class A:\n    x = open('a')", None, "a class fails by itself"),
    ("with torch.no_grad():\n    plt.plot(x)", None, "what is inside is judged alone"),
    ("net = Net(requests=3)", None, "a name, not a call"),
]


@pytest.mark.parametrize(("statement", "what", "why"), STATEMENTS, ids=[row[2] for row in STATEMENTS])
def test_unwanted(statement: str, what: str | None, why: str) -> None:
    imported = imported_names(ast.parse(IMPORTS))
    assert unwanted(ast.parse(statement).body[0], imported) == what


LOOPS = [
    # a loop                                                       what it is          why this row
    ("for e in range(3):\n    loss.backward()", "a training loop", "goes back"),
    ("for e in range(3):\n    optimizer.step()", "a training loop", "steps"),
    ("for e in range(3):\n    opt.zero_grad()", "a training loop", "forgets gradients"),
    ("while True:\n    loss.backward()", "a training loop", "without a count"),
    ("for x, y in train_loader:\n    net(x)", "a loop over data", "goes over data"),
    ("for i, (x, y) in enumerate(trainDataLoader):\n    net(x)", "a loop over data", "counts the data"),
    ("for x in train_iter:\n    net(x)", "a loop over data", "as one course names it"),
    ("for epoch in range(9):\n    run()", "a loop over data", "counts epochs"),
    ("for e in range(num_epochs):\n    run()", "a loop over data", "up to the epochs"),
    ("for t in tqdm(range(9)):\n    run()", "a loop over data", "shows its progress"),
    ("for layer in net:\n    x = layer(x)", None, "layers one by one"),
    ("for name, one in net.named_children():\n    x = one(x)", None, "layers by name"),
    ("for i in range(3):\n    net.add_module(str(i), nn.Linear(3, 3))", None, "builds"),
    ("for i in range(3):\n    env.step(i)", None, "a step of something else"),
    ("while n < 3:\n    n = n + 1", None, "a plain loop"),
    (
        "for x in loader:\n    opt.zero_grad()",
        "a training loop",
        "what it does comes before what it goes over",
    ),
]


@pytest.mark.parametrize(("loop", "what", "why"), LOOPS, ids=[row[2] for row in LOOPS])
def test_looping(loop: str, what: str | None, why: str) -> None:
    statement = ast.parse(loop).body[0]
    assert isinstance(statement, ast.For | ast.While)
    assert looping(statement) == what


STORED = [
    ("a = b[c] = 1", {"a"}, "an item of another is not its name"),
    ("(a, *b), c.d = x", {"a", "b"}, "several"),
    ("for i in x:\n    a = i", {"i", "a"}, "a loop and its body"),
    ("with x as a:\n    pass", {"a"}, "a block"),
    ("def f():\n    a = 1", {"f"}, "not what is a function's own"),
    ("x = [i for i in y]", {"x"}, "not what is a comprehension's own"),
    ("if (a := 1):\n    pass", {"a"}, "inside an expression"),
    ("del a", {"a"}, "taken away"),
    ("print(a)", set[str](), "only read"),
    ("while False:\n    a = 1", set[str](), "what never runs"),
]


@pytest.mark.parametrize(("statement", "names", "why"), STORED, ids=[row[2] for row in STORED])
def test_stored_names(statement: str, names: set[str], why: str) -> None:
    assert stored_names(ast.parse(statement).body[0]) == names


CHANGED = [
    ("a.b = 1", {"a"}, "an attribute"),
    ("a.b.c[0] = 1", {"a"}, "an item of what it holds"),
    ("for x in y:\n    a.append(x)\n    b[x] += 1", {"a", "b"}, "in a loop"),
    ("del a[0]", {"a"}, "taken away"),
    ("a = b.c[0]", set[str](), "only read"),
    ("a.eval()", set[str](), "a method that adds nothing"),
    ("f().b = 1", set[str](), "what nothing names"),
]


@pytest.mark.parametrize(("statement", "names", "why"), CHANGED, ids=[row[2] for row in CHANGED])
def test_changed_names(statement: str, names: set[str], why: str) -> None:
    assert changed_names(ast.parse(statement).body[0]) == names


END = f"{RUNNER}.leave_out('a training loop')"
PREPARED = [
    ("net = f(pretrained=True)", "net = f(pretrained=False)", "no weights"),
    ("net = f(pretrained=x)", "net = f(pretrained=x)", "not a literal"),
    ("net = f(trained=True)", "net = f(trained=True)", "another argument"),
    (
        "@a.b(1, c=2)\ndef f():\n    pass",
        f"@{RUNNER}.decorator(a.b, 1, c=2)\ndef f():\n    pass",
        "a decorator",
    ),
    ("@a.b\ndef f():\n    pass", "@a.b\ndef f():\n    pass", "a decorator that nothing makes"),
    (
        "for x in loader:\n    print(x)",
        f"for x in {RUNNER}.first_rounds(loader, 'a loop over data', 32):\n    print(x)",
        "some rounds of a loop over data",
    ),
    (
        "try:\n    while x:\n        y = f(x)\n        y.backward()\n        g(y)\nfinally:\n    pass",
        f"try:\n    while x:\n        y = f(x)\n        {END}\n        while False:\n            y.backward()\n"
        f"            g(y)\n        {END}\nfinally:\n    pass",
        "one round of a loop that trains, as far as it does not; what would come stays, and never runs",
    ),
    (
        "def f():\n    for x in data:\n        opt.zero_grad()\n        if x:\n            opt.step()\n        g(x)",
        f"def f():\n    for x in {RUNNER}.first_rounds(data, 'a training loop', 1):\n        pass\n"
        f"        if x:\n            {END}\n            while False:\n                opt.step()\n        g(x)",
        "a step on a condition ends it only where that holds",
    ),
    ("def f():\n    for x in net:\n        pass", "def f():\n    for x in net:\n        pass", "layers"),
]


@pytest.mark.parametrize(("code", "tree", "why"), PREPARED, ids=[row[2] for row in PREPARED])
def test_prepared(code: str, tree: str, why: str) -> None:
    assert ast.unparse(prepared(ast.parse(code))) == tree
