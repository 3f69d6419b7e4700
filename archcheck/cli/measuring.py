"""The options of `archcheck profile` that say how to measure: each is a field of `Settings`, but for `--batch`."""

from __future__ import annotations

import click

from archcheck.cli.printing import Command
from archcheck.conventions import CONVENTIONS

_OPTIONS = (
    click.option("--batch", metavar="N[,N...]", help="Samples in one pass; several: one after the other."),
    click.option(
        "--dtype",
        default="float32",
        show_default=True,
        metavar="DTYPE",
        help="float32, float64, float16 or bfloat16.",
    ),
    click.option(
        "--mode",
        default="inference",
        show_default=True,
        metavar="MODE",
        help="inference, or train: forward, backward, step, at the document's batch.",
    ),
    click.option("--threads", type=int, help="CPU threads; PyTorch's own choice if left out."),
    click.option(
        "--warmup",
        "warmup_s",
        type=float,
        default=0.3,
        show_default=True,
        metavar="SECONDS",
        help="Before timing.",
    ),
    click.option(
        "--seconds",
        "seconds",
        type=float,
        default=2.0,
        show_default=True,
        metavar="SECONDS",
        help="For timing.",
    ),
    click.option("--repeat", type=int, help="Timed passes, instead of seconds of them."),
    click.option(
        "--channels-last", is_flag=True, help="Images and weights in PyTorch's channels_last order."
    ),
    click.option("--compile", is_flag=True, help="Time the network as torch.compile makes it."),
    click.option("--cuda-graph", is_flag=True, help="Time the network as a CUDA graph."),
    click.option(
        "--convention",
        metavar="NAME",
        help=f"Tell the cost as another tool would, too: {', '.join(CONVENTIONS)}.",
    ),
    click.option("--memory/--no-memory", default=True, help="Predict and measure memory."),
    click.option("--ceilings/--no-ceilings", default=True, help="Measure the most that the device does."),
    click.option(
        "--witnesses/--no-witnesses", default=True, help="Ask fvcore, torchinfo and PyTorch's counter too."
    ),
)


def measuring(command: Command) -> Command:
    """Take `--batch` as a text, and every other setting by its field's name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
