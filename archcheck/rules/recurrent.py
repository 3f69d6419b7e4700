"""Recurrent layers and their single cells, started from a state of zeros.

For every step, layer and direction a cell of `gates` gates multiplies its input and its state by weights
of gates * hidden_size rows: those weights are the MACs, and, with two biases a gate, the parameters. `flops`
adds what a hidden unit takes besides (`Cell.each`) and 2 * gates additions of biases.

Letters: `L` steps, `N` batch, `F` features, `H` hidden_size, `P` proj_size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archcheck.errors import BadArgument
from archcheck.rules.base import Effect, Kind, Rule, Shape, at_least, needs_rank, numel
from archcheck.rules.demands import layer_count, needs_size, one_of, size_of


@dataclass(frozen=True, slots=True)
class Cell:
    """A recurrent formula: its gates, the states it carries, and a hidden unit's other operations.

    `each` leaves the biases out; a sigmoid is 3 (exp, addition, division), tanh and relu are 1.
    """

    gates: int
    states: int
    each: int

    def step(self, input_size: int, hidden_size: int, proj_size: int = 0, *, bias: bool) -> Effect:
        """Return the parameters, MACs and flops of one row through one step of one direction."""
        state = proj_size or hidden_size
        weights = self.gates * hidden_size * (input_size + state) + proj_size * hidden_size
        biases = 2 * self.gates * hidden_size * bias
        return Effect((), weights + biases, weights, 2 * weights + biases + self.each * hidden_size)


RNN = Cell(gates=1, states=1, each=2)
"""`tanh(W x + b + U h + b)`: the sum of the two products, and tanh or relu.

https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
"""

GRU = Cell(gates=3, states=1, each=14)
"""Gates r and z: a sum and a sigmoid each, 8; n = tanh(W x + b + r * (U h + b)): 3; (h - n) * z + n, which is
(1 - z) * n + z * h in fewer steps: 3.

https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
"""

LSTM = Cell(gates=4, states=2, each=19)
"""Gates i, f and o: a sum and a sigmoid each, 12; g: a sum and a tanh, 2; f * c + i * g: 3; o * tanh(c): 2.

https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""


def _needs_layer(input_size: int, hidden_size: int, proj_size: int, num_layers: int, dropout: float) -> None:
    at_least(1, "input_size", input_size)
    at_least(1, "hidden_size", hidden_size)
    layer_count("num_layers", num_layers)
    if not 0 <= proj_size < hidden_size:
        raise BadArgument("proj_size", f"{proj_size} is not between 0 and hidden_size {hidden_size} less 1")
    if isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise BadArgument("dropout", f"{dropout} is not a number between 0 and 1")


def layers(
    cell: Cell,
    x: Shape,
    proj_size: int = 0,
    *,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    bias: bool,
    batch_first: bool,
    dropout: float,
    bidirectional: bool,
) -> Effect:
    """Return the effect of `num_layers` of a cell on (L, N, F), (N, L, F) if `batch_first`, or (L, F).

    Outputs: every step's state of the last layer (..., directions * (P or H)); the last state of every layer
    and direction; and of an LSTM the last cell state. Dropout between layers is that of evaluation.
    """
    _needs_layer(input_size, hidden_size, proj_size, num_layers, dropout)
    needs_rank(x, 2, 3, letters="(N, L, F) or (L, F)" if batch_first else "(L, N, F) or (L, F)")
    needs_size(x, -1, input_size, "features", "input_size")
    directions, state = 1 + bidirectional, proj_size or hidden_size
    first = cell.step(input_size, hidden_size, proj_size, bias=bias)
    later = cell.step(directions * state, hidden_size, proj_size, bias=bias)
    batch = () if len(x) == 2 else (x[0 if batch_first else 1],)
    last = tuple((directions * num_layers, *batch, size) for size in (state, hidden_size)[: cell.states])
    rows = directions * numel(x[:-1])
    return Effect(
        ((*x[:-1], directions * state), *last),
        params=directions * (first.params + (num_layers - 1) * later.params),
        macs=rows * (first.macs + (num_layers - 1) * later.macs),
        flops=rows * (first.flops + (num_layers - 1) * later.flops),
    )


def rnn(x: Shape, *, nonlinearity: str, **arguments: Any) -> Effect:
    """See `layers`: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html."""
    one_of("nonlinearity", nonlinearity, "tanh", "relu")
    return layers(RNN, x, **arguments)


def gru(x: Shape, **arguments: Any) -> Effect:
    """See `layers`: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html."""
    return layers(GRU, x, 0, **arguments)


def lstm(x: Shape, *, proj_size: int, **arguments: Any) -> Effect:
    """See `layers`; the state is projected to `proj_size` numbers by P * H more weights, if it is not 0.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    """
    return layers(LSTM, x, proj_size, **arguments)


def single(cell: Cell) -> Rule:
    """Return the rule of one step of a cell on (N, F) or (F): the new state, and of an LSTM the cell state.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
    """

    def rule(x: Shape, *, input_size: int, hidden_size: int, bias: bool, **_: object) -> Effect:
        at_least(1, "input_size", input_size)
        at_least(1, "hidden_size", hidden_size)
        needs_rank(x, 1, 2, letters="(N, F) or (F)")
        needs_size(x, -1, input_size, "features", "input_size")
        one, rows = cell.step(input_size, hidden_size, bias=bias), numel(x[:-1])
        outputs = ((*x[:-1], hidden_size),) * cell.states
        return Effect(outputs, one.params, rows * one.macs, rows * one.flops)

    return rule


def rnn_cell(x: Shape, *, nonlinearity: str, **arguments: Any) -> Effect:
    """See `single`: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html."""
    one_of("nonlinearity", nonlinearity, "tanh", "relu")
    return single(RNN)(x, **arguments)


_INPUT_SIZE = {"input_size": size_of(-1)}

KINDS: Mapping[str, Kind] = {
    "RNN": Kind(rnn, fills=_INPUT_SIZE),
    "GRU": Kind(gru, fills=_INPUT_SIZE),
    "LSTM": Kind(lstm, fills=_INPUT_SIZE),
    "RNNCell": Kind(rnn_cell, fills=_INPUT_SIZE),
    "GRUCell": Kind(single(GRU), fills=_INPUT_SIZE),
    "LSTMCell": Kind(single(LSTM), fills=_INPUT_SIZE),
}
"""Recurrent layers and cells of `torch.nn`, without a given initial state."""
