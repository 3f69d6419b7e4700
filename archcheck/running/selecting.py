"""Which statements of a document run, judged by their syntax: no training, downloads, plotting or file access."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

TRAINING, DATA = "a training loop", "a loop over data"
"""Loops of which not all rounds run: of one that trains the first alone, as far as it changes nothing."""
DOWNLOAD, PLOTTING, FILES = "a download", "plotting", "file access"

_UNWANTED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *(
                "torchvision.datasets",
                "torchtext.datasets",
                "torchaudio.datasets",
                "torch_geometric.datasets",
            ),
            *("urllib.request", "requests", "wget", "gdown", "kagglehub", "kaggle", "huggingface_hub"),
            *(
                "torch.hub.load",
                "torch.hub.download_url_to_file",
                "datasets.load_dataset",
                "torchtext.vocab.GloVe",
            ),
        ),
        DOWNLOAD,
    ),
    **dict.fromkeys(
        (
            *("matplotlib", "seaborn", "plotly", "bokeh", "pylab", "IPython.display", "cv2.imshow", "visdom"),
            *("torch.utils.tensorboard", "tensorboardX", "wandb", "torchviz", "hiddenlayer", "netron"),
        ),
        PLOTTING,
    ),
    **dict.fromkeys(
        (
            *("open", "torch.save", "torch.load", "torch.jit.save", "torch.jit.load", "torch.onnx.export"),
            *("numpy.load", "numpy.save", "numpy.savez", "numpy.loadtxt", "numpy.savetxt", "numpy.fromfile"),
            *("PIL.Image.open", "cv2.imread", "cv2.imwrite", "imageio.imread", "torchvision.io", "shutil"),
            *("pandas.read_csv", "pandas.read_json", "pandas.read_excel", "pandas.read_parquet"),
            *("torchvision.datasets.ImageFolder", "scipy.io.loadmat", "h5py.File"),
        ),
        FILES,
    ),
}
"""What is called -> what that is; the longest name that fits says it."""
WELL_KNOWN = ("MNIST", "FashionMNIST", "KMNIST", "CIFAR10", "CIFAR100", "SVHN", "STL10")
"""Data sets for which something stands that downloads nothing."""
_WANTED = (
    *("torchvision.datasets.FakeData", "shutil.get_terminal_size"),
    *(f"torchvision.datasets.{name}" for name in WELL_KNOWN),
)
_METHODS = {
    "from_pretrained": DOWNLOAD,
    "load_from_checkpoint": FILES,
    "savefig": PLOTTING,
    "imshow": PLOTTING,
}
_LOOPED = ("loader", "epoch", "tqdm", "trange", "dataset")
"""In a name that a loop goes over, or counts with."""
_STEPPERS = ("optim", "opt", "sched", "trainer", "scaler")


def imported_names(tree: ast.AST) -> dict[str, str]:
    """Return the dotted name that each name stands for by the imports of a program: `plt`: `matplotlib.pyplot`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.partition(".")[0]] = (
                    one.name if one.asname else one.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                found[one.asname or one.name] = f"{node.module}.{one.name}"
    return found


def unwanted(statement: ast.stmt, imported: Mapping[str, str]) -> str | None:
    """Return what a statement of the top level is that is not run; None for one that runs."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        return _of_calls((item.context_expr for item in statement.items), imported)
    if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign):
        return _of_calls((statement,), imported)
    return None


def looping(loop: ast.For | ast.AsyncFor | ast.While) -> str | None:
    """Return what a loop is of which not all rounds run: it trains by its calls, or goes over data by its names.

    A loop over layers is none: `for layer in net: X = layer(X)`.
    """
    if trains(loop):
        return TRAINING
    if isinstance(loop, ast.While):
        return None
    names = [*_names(loop.iter), *(name for name in _names(loop.target) if "epoch" in name)]
    is_data = any(name.endswith(("_iter", "_dl")) or any(word in name for word in _LOOPED) for name in names)
    return DATA if is_data else None


def trains(node: ast.AST) -> bool:
    """Return whether anything in a node goes back, or steps."""
    return any(isinstance(one, ast.Call) and _is_of_training(one) for one in ast.walk(node))


def forgets(statement: ast.stmt) -> bool:
    """Return whether a statement only forgets gradients: `optimizer.zero_grad()`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "zero_grad"
        and not any(trains(one) for one in (call.func.value, *call.args))
    )


def _is_of_training(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in ("backward", "zero_grad"):
        return True
    owner = next(_names(call.func.value), "")
    return call.func.attr == "step" and any(word in owner for word in _STEPPERS)


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names and attributes in an expression, in small letters."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id.lower()
        elif isinstance(one, ast.Attribute):
            yield one.attr.lower()


def _of_calls(nodes: Iterator[ast.expr] | tuple[ast.stmt], imported: Mapping[str, str]) -> str | None:
    for node in nodes:
        for call in _calls(node):
            if what := _of_call(call, imported):
                return what
    return None


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that are made when a statement runs: not those of a lambda's body."""
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Lambda):
            continue
        if isinstance(one, ast.Call):
            yield one
        todo += ast.iter_child_nodes(one)


def _of_call(call: ast.Call, imported: Mapping[str, str]) -> str | None:
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        return _METHODS[call.func.attr]
    dotted = _dotted(call.func)
    if dotted is None:
        return None
    first, dot, rest = dotted.partition(".")
    full = imported.get(first, first) + dot + rest
    if full.startswith(_WANTED):
        return None
    fitting = [name for name in _UNWANTED if full == name or full.startswith(f"{name}.")]
    return _UNWANTED[max(fitting, key=len)] if fitting else None


def _dotted(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def stored_names(statement: ast.AST, *, unreached: bool = False) -> set[str]:
    """Return the variables that a statement gives a value, as far as the names of its own scope go.

    `unreached`: those too that it would give one where it never runs.
    """
    found: set[str] = set()
    todo = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        if isinstance(node, _SCOPES):
            found |= (
                {node.name}
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                else set()
            )
        elif unreached or not never_runs(node):
            todo += ast.iter_child_nodes(node)
    return found


def names_read(statement: ast.AST) -> set[str]:
    """Return the variables of the module that a statement reads, in functions that it defines too."""
    found: set[str] = set()
    nothing: frozenset[str] = frozenset()
    todo: list[tuple[ast.AST, frozenset[str]]] = [(statement, nothing)]
    while todo:
        node, own = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
            found.add(node.id)
        if isinstance(node, _SCOPES) and not isinstance(node, ast.ClassDef):
            own |= _own_names(node)
        todo += [(child, own) for child in ast.iter_child_nodes(node)]
    return found


def _own_names(scope: ast.AST) -> set[str]:
    """Return the variables of a function, or of a comprehension, itself."""
    children = [*ast.iter_child_nodes(scope)]
    parameters = {
        one.arg for child in children for one in ast.iter_child_nodes(child) if isinstance(one, ast.arg)
    }
    stored = set[str]().union(*(stored_names(child, unreached=True) for child in children))
    declared = {name for one in ast.walk(scope) if isinstance(one, ast.Global) for name in one.names}
    return (parameters | stored) - declared


def owners_of_calls(statement: ast.AST) -> set[str]:
    """Return the variables whose methods a statement calls: `net` of `net.fit(x)`."""
    calls = (one.func for one in ast.walk(statement) if isinstance(one, ast.Call))
    owners = (one.value for one in calls if isinstance(one, ast.Attribute))
    return {one.id for one in owners if isinstance(one, ast.Name)}


def changed_names(statement: ast.AST) -> set[str]:
    """Return the variables that a statement changes in place: by a method that adds, or by an item or attribute."""
    return {path[0] for path in changed_paths(_running(statement))}


def changed_paths(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ...]]:
    """Yield what nodes change in place, from the variable on: `self`, `hist` of `self.hist["a"].append(1)`."""
    for node in nodes:
        owner: ast.AST | None = None
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING
        ):
            owner = node.func.value
        parts: list[str] = []
        while isinstance(owner, ast.Attribute | ast.Subscript):
            parts += [owner.attr] if isinstance(owner, ast.Attribute) else []
            owner = owner.value
        if isinstance(owner, ast.Name):
            yield (owner.id, *reversed(parts))


def never_runs(node: ast.AST) -> bool:
    """Return whether a statement stands behind where a loop that trains ends: it only says what would have come."""
    test = node.test if isinstance(node, ast.While) else None
    return isinstance(test, ast.Constant) and test.value is False


def _running(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a statement, but for what never runs."""
    todo = [statement]
    while todo:
        node = todo.pop()
        if not never_runs(node):
            yield node
            todo += ast.iter_child_nodes(node)


_ADDING = ("add", "append", "appendleft", "extend", "insert", "pop", "setdefault", "update")
_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
