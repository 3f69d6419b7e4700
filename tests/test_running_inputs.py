"""What a model is called with where the document does not call it: worked back, stated, and with other sizes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from archcheck.arguments import Argument
from archcheck.binding.program import Claim, Program, Site
from archcheck.dialects.stated import Layout, Role, Size, StatedShape, Statement
from archcheck.documents.document import Line, Passage
from archcheck.running.candidates import candidates, parameters_of
from archcheck.running.first_layer import first_layers
from archcheck.running.plan import Given
from archcheck.running.stated_inputs import Said, said_of
from archcheck.running.varying import arguments_in, halving_alike, other_sizes, varied, with_arguments
from archcheck.units import Shape
from tests.running_pages import called, events, run, shapes, whys

NOTHING = Said((), {}, (), {}, False)


class Letters(nn.Module):
    """Words in, after a layer that is not the first to run."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.rnn = nn.GRU(8, 5, batch_first=True)

    def forward(self, ids: torch.Tensor, hidden: torch.Tensor | None) -> Any:
        return self.rnn(self.embedding(ids), hidden)


class Two(nn.Module):
    """Two inputs by place."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, query: torch.Tensor, memory: torch.Tensor, mask: torch.Tensor | None) -> Any:
        return self.attention(query, memory, memory, attn_mask=mask)


class Position(nn.Module):
    """A tensor, and no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(1, 50, 12))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.get_buffer("table")[:, : x.shape[1]]


FIRST: list[tuple[nn.Module, Shape, str]] = [
    (nn.Sequential(nn.Conv2d(3, 8, 3)), (2, 3, 224, 224), "an image"),
    (nn.Sequential(nn.ReLU(), nn.Sequential(nn.Conv1d(5, 8, 3))), (2, 5, 128), "a signal"),
    (nn.Conv3d(1, 8, 3), (2, 1, 16, 112, 112), "a film"),
    (nn.ConvTranspose2d(100, 8, 4), (2, 100, 1, 1), "a generator"),
    (nn.Linear(20, 3), (2, 20), "features"),
    (nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), (2, 1, 28, 28), "a picture that becomes flat"),
    (nn.LSTM(6, 3), (7, 2, 6), "time first"),
    (nn.LSTM(6, 3, batch_first=True), (2, 7, 6), "batch first"),
    (nn.GRUCell(6, 3), (2, 6), "a cell"),
    (nn.TransformerEncoderLayer(8, 2), (7, 2, 8), "a transformer's layer"),
    (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 1),
        (2, 7, 8),
        "a stack of them",
    ),
    (nn.BatchNorm2d(6), (2, 6, 224, 224), "a norm of images"),
    (nn.BatchNorm1d(6), (2, 6), "a norm of features"),
    (nn.LayerNorm(6), (2, 7, 6), "a norm of tokens"),
    (nn.LazyConv2d(6, 3), (2, 1, 224, 224), "channels that it finds out"),
    (nn.MaxPool2d(2), (2, 3, 224, 224), "nothing says"),
    (Position(), (2, 7, 12), "a tensor of its own"),
]


@pytest.mark.parametrize(("model", "shape", "why"), FIRST, ids=[row[2] for row in FIRST])
def test_the_first_layer_says(model: nn.Module, shape: Shape, why: str) -> None:
    first = first_layers(model)[0]
    assert first.shapes[0] == shape
    model(torch.zeros(shape))  # PyTorch takes it


def test_words_have_a_bound() -> None:
    first = first_layers(Letters())[0]
    assert first.argument((2, 7)) == Argument((2, 7), "int64", 30)


def tried(model: nn.Module, said: Said = NOTHING, given: tuple[Given, ...] = (), **names: int) -> list[Any]:
    return [one.call for group in candidates(model, said, given, names) for one in group]


def image(*shape: int) -> Any:
    return ((Argument(shape),), {})


CONVOLUTION = nn.Conv2d(3, 8, 3)
WAYS = [
    # what is said                                         the calls that are tried first                     why
    (
        Said(((3, 64, 64),), {}, (), {}, True),
        [image(2, 3, 64, 64), image(3, 64, 64)],
        "without the batch axis",
    ),
    (Said(((1, 3, 64, 64),), {}, (), {}, True), [image(1, 3, 64, 64)], "with it"),
    (Said(((64, 48, 3),), {}, (), {}, True), [image(2, 3, 64, 48), image(2, 64, 48, 3)], "channels last"),
    (Said(((64, 48),), {}, (), {}, True), [image(2, 3, 64, 48)], "sides alone"),
    (Said((("N", "C", "H", "W"),), {}, (), {}, True), [image(2, 3, 224, 224)], "letters"),
    (Said((("N", 3, "H", "H"),), {}, (), {}, True), [image(2, 3, 224, 224)], "letters and numbers"),
    (Said(((9, "size", "size"),), {}, (), {}, True), [image(2, 9, 48, 48)], "a name of the code"),
    (Said((), {"input": ("B", 3, 8, 9)}, (), {}, True), [((), {"input": Argument((2, 3, 8, 9))})], "by name"),
    (Said((), {}, (50,), {}, True), [image(2, 3, 50, 50), image(2, 3, 100, 100)], "sides of claims"),
    (Said((), {}, (), {4: (1, 96)}, True), [image(1, 3, 224, 224)], "the batch of claims"),
    (Said((), {}, (), {4: (None, 96)}, True), [image(2, 3, 224, 224)], "claims of several batches"),
]


@pytest.mark.parametrize(("said", "calls", "why"), WAYS, ids=[row[2] for row in WAYS])
def test_what_is_tried(said: Said, calls: list[Any], why: str) -> None:
    assert tried(CONVOLUTION, said, size=48)[: len(calls)] == calls


GIVEN = [
    (Given(((1, 3, 9, 9),), "option"), image(1, 3, 9, 9), "as it is"),
    (Given(((3, 9, 9),), "option"), image(3, 9, 9), "an option is taken at its word"),
    (Given(((3, 9, 9),), "claim"), image(2, 3, 9, 9), "what is said in passing is not"),
    (Given((("H", 3),), "option", ("input",)), ((), {"input": Argument((224, 3))}), "by name"),
    (Given(((4,),), "option", (), ("int64",)), ((Argument((4,), "int64"),), {}), "of its own type"),
]


@pytest.mark.parametrize(("given", "call", "why"), GIVEN, ids=[row[2] for row in GIVEN])
def test_what_somebody_gives_comes_first(given: Given, call: Any, why: str) -> None:
    assert tried(CONVOLUTION, Said(((1, 3, 64, 64),), {}, (), {}, True), (given,))[0] == call


def test_masks_and_states_are_left_out() -> None:
    ids = Argument((2, 7), "int64", 30)
    assert tried(Letters())[0] == ((ids, None), {})
    tokens = Argument((2, 7, 8))
    assert tried(Two())[0] == ((tokens, tokens, None), {})


FUNCTIONS: list[tuple[Callable[..., Any], list[str], str]] = [
    (lambda x, y, z=3: 0, ["x", "y"], "those without a default"),
    (lambda *args: 0, ["input"], "any number"),
    (lambda x, *args, **kwargs: 0, ["x"], "one, and any number"),
    (lambda: 0, [], "none"),
    (min, ["input"], "what does not say"),
]


@pytest.mark.parametrize(("function", "names", "why"), FUNCTIONS, ids=[row[2] for row in FUNCTIONS])
def test_parameters_of(function: Callable[..., Any], names: list[str], why: str) -> None:
    assert parameters_of(function) == names


def claim(sizes: str, role: Role, *sites: int, layout: Layout = "shape") -> Claim:
    values: list[int | str | None] = [
        int(one) if one.isdigit() else None if one == "?" else one for one in sizes.split()
    ]
    shape = StatedShape(tuple(Size(value, 0, 0) for value in values), layout, 0, 0)
    line = Line("", 1, 0)
    return Claim(Statement(role, (shape,), sizes, 0, 0), sites, Passage("code", (line,)), line, 0)


def test_said_of() -> None:
    sites = (
        Site(1, "value", 3, "Net.__init__", "Conv2d"),
        Site(2, "value", 4, "Net.__init__", "MaxPool2d"),
        Site(3, "parameter", 8, "Net.forward", "x", "x"),
        Site(4, "flow", 7, "Net.forward", "forward"),
        Site(5, "value", 20, "Other.forward", "y"),
    )
    claims = (
        claim("3 64 64", "input", 1),
        claim("48 30 30", "output", 1),
        claim("48 15 15", "output", 2),
        claim("N 3 H W", "value", 3),
        claim("1 3 64 64", "flow", 4),
        claim("9 9 9", "input", 5),
        claim("3 ... 2", "input", 1),
        claim("224", "flow", 1, layout="axis"),
    )
    said = said_of(Program("", (), sites, claims, ()), frozenset({1, 2, 3, 4}), "Net.forward")
    assert said.inputs == ((1, 3, 64, 64), (3, 64, 64))
    assert said.parameters == {"x": ("N", 3, "H", "W")}
    assert said.sides == (64, 30, 15, 2)
    assert said.begins == {3: (None, None), 4: (None, 3)}
    assert said.numbers


OTHER = [
    (224, {224}, [223, 227, 256, 192], "primes, then what halves often"),
    (2, {2, 3}, [5, 7], "a small size grows"),
    (1, {1}, [3, 5], "so does one"),
    (28, {28, 29}, [23, 31, 36], "what is used is passed over"),
]


@pytest.mark.parametrize(("size", "used", "sizes", "why"), OTHER, ids=[row[3] for row in OTHER])
def test_other_sizes(size: int, used: set[int], sizes: list[int], why: str) -> None:
    assert other_sizes(size, used) == sizes


HALVING = [
    (224, {224, 160}, [96, 352], "5 times 32 is used"),
    (28, {28}, [20, 12, 44], "a side that halves twice"),
    (64, {64}, [96, 160], "two above where none is below"),
    (227, {227}, [], "an odd side"),
    (30, {30}, [], "one that halves once"),
]


@pytest.mark.parametrize(("size", "used", "sizes", "why"), HALVING, ids=[row[3] for row in HALVING])
def test_sides_that_halve_as_often(size: int, used: set[int], sizes: list[int], why: str) -> None:
    assert halving_alike(size, used) == sizes


def attends(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return query @ key.transpose(-2, -1)


def halves(image: torch.Tensor) -> torch.Tensor:
    down = nn.functional.max_pool2d(nn.functional.max_pool2d(image, 2), 2)
    return image + nn.functional.interpolate(down, scale_factor=4.0)


VARIED: list[tuple[Callable[..., Any], list[Shape], list[Shape] | None, str]] = [
    (nn.Conv2d(3, 8, 3, device="meta"), [(2, 3, 32, 32)], [(5, 3, 64, 96)], "height unlike width"),
    (nn.Linear(5, 5, device="meta"), [(5, 5)], [(7, 5)], "two sizes that happen to be 5"),
    (attends, [(2, 4, 8), (2, 4, 8)], [(3, 5, 7), (3, 11, 7)], "sizes that must be alike stay alike"),
    (torch.add, [(1, 4), (1, 4)], [(3, 5), (3, 5)], "a batch of one is the batch of all"),
    (halves, [(1, 3, 64, 64)], [(5, 7, 96, 160)], "sides that must halve"),
    (lambda x: torch.zeros(2, 3, device="meta") + x.view(2, 3), [(2, 3)], None, "nothing is free"),
]


@pytest.mark.parametrize(("function", "given", "wanted", "why"), VARIED, ids=[row[3] for row in VARIED])
def test_varied(
    function: Callable[..., Any], given: list[Shape], wanted: list[Shape] | None, why: str
) -> None:
    def goes(call: Any) -> bool:
        args, kwargs = with_arguments(call, lambda one: torch.empty(one.shape, device="meta"))
        try:
            function(*args, **kwargs)
        except Exception:
            return False
        return True

    call = varied((tuple(Argument(shape) for shape in given), {}), goes, time.monotonic() + 30)
    assert (None if call is None else [one.shape for one in arguments_in(call)]) == wanted


def test_sizes_that_are_alike_stay_alike_where_that_is_asked_for() -> None:
    call: tuple[Any, ...] = ((Argument((2, 4, 8)), Argument((2, 4, 8))), {})
    other = varied(call, lambda one: True, time.monotonic() + 30, together=True)
    first, second = arguments_in(other)
    assert first.shape == second.shape
    assert {*first.shape}.isdisjoint({2, 4, 8})


def test_what_is_no_tensor_stays() -> None:
    call = ((Argument((2, 3)), None, [4, Argument((2,))]), {"mask": True})
    other = varied(call, lambda one: True, time.monotonic() + 30)
    assert other is not None
    assert with_arguments(other, lambda one: 0) == ((0, None, [4, 0]), {"mask": True})


PAGE = """\
# Two networks

Nothing calls them here.

```python
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        B, T, C = x.shape
        return self.fc(x)  # [B, T, C]

class Words(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.embed = nn.Embedding(50, width)  # (B, T, width)
        self.block = Block(width)

    def forward(self, ids):
        return self.block(self.embed(ids))

net = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2),  # [1, 6, 28, 28]
    nn.AvgPool2d(2),  # [1, 6, 14, 14]
    nn.Flatten(),  # [1, 1176]
    nn.Linear(1176, 10),
)
```
"""


def test_models_that_nothing_calls_are_called() -> None:
    observed = run(PAGE, "page.md")
    assert whys(observed) == {}
    assert observed.error is None
    assert called(observed, "first layer") == [((1, 1, 28, 28),), ((2, 7),)]
    first, second = [one.turn for one in observed.called if one.origin == "first layer"]
    assert shapes(observed, "output", first) == [(1, 6, 28, 28), (1, 6, 14, 14), (1, 1176)]
    assert shapes(observed, "output", second) == [(2, 7, 16)]
    assert shapes(observed, "value", second) == [(2, 7, 16)]
    assert [event.names for event in events(observed, "value", second)] == [{"B": 2, "T": 7, "C": 16}]
    others = [one for one in observed.called if one.origin == "other sizes"]
    wanted = [("net", ((3, 1, 29, 28),)), ("net", ((1, 1, 29, 28),)), ("Words", ((3, 11),))]
    assert sorted((one.what, one.inputs) for one in others) == sorted(wanted)


def test_the_user_s_input_comes_before_what_the_document_says() -> None:
    code = """\
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 8, 3)  # input[3, 32, 32] output[8, 30, 30]
            def forward(self, image):
                while image.shape[0] == 1: pass
                return self.conv(image)
        """
    wanted = Given(((2, 3, 40, 50),), "option", what="Net")
    other = Given(((2, 3, 60, 60),), "option", what="Other")
    observed = run(code, inputs=[wanted, other], seconds=40)
    assert called(observed, "option") == [((2, 3, 40, 50),)]
    assert called(observed, "claim") == [((2, 3, 32, 32),)]
    assert shapes(observed, "output", 1) == [(2, 8, 38, 48)]


def test_a_model_that_never_ends_is_left_alone() -> None:
    code = """\
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 8, 3)  # [8, 30, 30]
            def forward(self, image):
                while True: pass
        x = torch.zeros(3, 4)  # [3, 4]
        """
    observed = run(code, seconds=9)
    assert shapes(observed) == [(3, 4)]
    assert observed.error is None
    assert "it took more than " in observed.skipped[0].why


def test_a_function_whose_parameters_have_shapes_is_called() -> None:
    code = '''\
        import torch
        def attention(query, key, mask=None):
            """Attend.

            Args:
                query: (B, H, T, D)
                key: (B, H, S, D)
            """
            return query @ key.transpose(-2, -1)  # (B, H, T, S)
        '''
    observed = run(code)
    assert whys(observed) == {}
    ((query, key),) = called(observed, "claim")
    assert query[:2] + query[3:] == key[:2] + key[3:]
    assert len({*query, *key}) == 5
    assert (*query[:3], key[2]) in shapes(observed, "value", 1)
    assert len(called(observed, "other sizes")) == 1


def test_what_cannot_be_called_says_why() -> None:
    code = """\
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, unheard_of):
                super().__init__()
                self.fc = nn.Linear(unheard_of, 3)  # [2, 3]
        odd = nn.Sequential(
            nn.Conv2d(3, 5, 3),  # [5, 5]
            nn.Linear(7, 3),
            nn.Conv2d(3, 5, 3),
        )
        """
    observed = run(code)
    first, second = [one.why for one in observed.skipped]
    assert first.startswith("odd: none of ")
    assert second == "Net: it cannot be built: ValueError: nothing says what its argument unheard_of is"
    assert observed.called == ()


def test_the_document_s_own_call_is_told_also_where_it_fails() -> None:
    code = """\
        import torch
        from torch import nn
        net = nn.Sequential(
            nn.Conv2d(1, 6, 5),  # [64, 6, 24, 24]
            nn.Flatten(),
            nn.Linear(864, 10),  # [64, 10]
        )
        y = net(torch.ones(64, 1, 28, 28))
        """
    observed = run(code)
    own = observed.called[0]
    assert (own.turn, own.inputs, own.origin) == (0, ((64, 1, 28, 28),), "document")
    assert own.error is not None
    assert own.error.startswith("RuntimeError: ")
    assert whys(observed)[8] == own.error
    assert shapes(observed, "output") == [(64, 6, 24, 24)]


def test_what_meta_cannot_do_runs_on_the_cpu() -> None:
    code = """\
        import torch
        from torch import nn
        rates = [x.item() for x in torch.rand(3)]
        x = torch.zeros(len(rates), 4)  # [3, 4]
        if x.sum() < 1:
            y = x.t()  # [4, 3]
        """
    observed = run(code)
    assert observed.device == "cpu"
    assert whys(observed) == {}
    assert shapes(observed) == [(3, 4), (4, 3)]


def test_what_alone_cannot_do_without_values_has_them() -> None:
    code = """\
        import torch
        from torch import nn

        x = torch.zeros(10**6, 10**6)  # [1000000, 1000000]

        class Kept(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.fc = nn.Linear(dim, dim)

            def forward(self, x):
                x = x[x.sum(1) > -(10**6)]  # (N, D)
                return self.fc(x)  # (N, D)

        def total(x):
            '''x: (N, D)'''
            return x[None] if x.sum().item() < 10**6 else x  # (1, N, D)
        """
    observed = run(code)
    assert observed.device == "meta"
    went = {one.what for one in observed.called if one.error is None and one.origin != "supposed"}
    assert went == {"Kept", "total"}
    assert not observed.skipped
    seen = [event.value for event in observed.events if isinstance(event.value, tuple)]
    assert {(10**6, 10**6), (2, 32), (1, 2, 5)} <= {*seen}


def test_without_need_it_stays_on_meta() -> None:
    observed = run("import torch\nx = torch.zeros(10**6, 10**6)  # [1000000, 1000000]\ny = nothing\n")
    assert observed.device == "meta"
    assert shapes(observed) == [(10**6, 10**6)]


def test_where_the_cpu_has_no_room_meta_s_word_stands() -> None:
    code = (
        "import torch\nx = torch.zeros(10**6, 10**6)  # [1000000, 1000000]\nwhile True: y = x[0, 0].item()\n"
    )
    observed = run(code, seconds=60)
    assert shapes(observed) == [(10**6, 10**6)]
