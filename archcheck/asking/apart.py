"""The real tools, each asked of one model in a process of its own: thop and ptflops change PyTorch and the model.

`ask` is the parent: it starts `python -m archcheck.asking` and gives it the target's words on stdin. The child builds
the model again, asks the tool, and answers in one line of JSON.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO

import torch
from torch import nn

from archcheck.asking.tools import Said, flop_counter, fvcore, ptflops, thop, torchinfo
from archcheck.errors import ArchcheckError
from archcheck.spec.source import one_line
from archcheck.tensors import Call

PATIENCE_S = 600
"""Seconds that a tool may take."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a real tool says, in its own unit; `error`: why it says nothing, in one line."""

    amount: int | None
    error: str | None = None


def ask(name: str, target: str, inputs: Sequence[str], args: Sequence[str]) -> Answer:
    """Return what the tool of a convention says of a target on the CPU; the words are those of the command line."""
    if name not in TOOLS:
        return Answer(None, f"{name} is no tool that can be asked")
    if not installed(name):
        return Answer(None, f"{name} is not installed: pip install {name}")
    words = json.dumps({"tool": name, "target": target, "inputs": list(inputs), "args": list(args)})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "archcheck.asking"],
            input=words,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, f"{name} took more than {PATIENCE_S} seconds")
    return _read(name, done)


def _read(name: str, done: subprocess.CompletedProcess[str]) -> Answer:
    try:
        said = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        return Answer(None, one_line(f"{name} ended with {done.returncode}: {last}"))
    return Answer(said["amount"], said["error"])


def installed(name: str) -> bool:
    """Return whether a tool is there to be asked."""
    return find_spec(name) is not None


def answer(name: str, model: nn.Module, call: Call) -> Answer:
    """Ask a tool here and now, in a process that may be spoilt; whatever it raises is the answer's error."""
    logging.disable()
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            return Answer(TOOLS[name](model, call).amount)
    except Exception as error:  # a tool that fails is an answer too
        cause = error.__cause__ or error  # torchinfo wraps what the model raised
        return Answer(None, one_line(f"{type(cause).__name__}: {cause}"))


TOOLS: Mapping[str, Callable[[nn.Module, Call], Said]] = {
    "torch": flop_counter,
    "fvcore": fvcore,
    "torchinfo": torchinfo,
    "thop": thop,
    "ptflops": ptflops,
}
"""The tools that can be asked, by their convention's name; each may spoil the model, its modules and PyTorch."""


def main() -> None:
    """Answer what is asked on stdin; what the user's code prints goes to stderr."""
    from archcheck.resolve import subject_of
    from archcheck.tensors import random_call

    asked, cpu = json.load(sys.stdin), torch.device("cpu")
    try:
        with redirect_stdout(sys.stderr):
            subject = subject_of(asked["target"], asked["inputs"], asked["args"])
            model = subject.make(cpu, True).model.eval()
            call = random_call(subject.arguments, cpu, torch.float32)
            said = answer(asked["tool"], model, call)
    except ArchcheckError as error:
        said = Answer(None, str(error))
    json.dump({"amount": said.amount, "error": said.error}, sys.stdout)
