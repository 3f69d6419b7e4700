"""Every deliberate error, and the exit code that it ends with.

An error's text is one line: where, who, what with its values, and what to do. The command line catches
`ArchcheckError` once; anything else is a bug and keeps its traceback, and is no verdict either.
"""

from __future__ import annotations

OK = 0
"""Every claim holds."""
DIFFERS = 1
"""At least one claim, or one of our own two opinions, differs."""
UNUSABLE = 2
"""A spec, a usage or a device error: there is no verdict."""


class ArchcheckError(Exception):
    """The base of every error that a user's input can cause."""

    exit_code = UNUSABLE


class SpecError(ArchcheckError):
    """A spec that cannot be read: `specs/x.yaml:10:7: layer 'flat': no module 'Flaten' ...`."""


class TargetError(ArchcheckError):
    """A target that names nothing: no file, no shipped spec."""


class DocumentError(ArchcheckError):
    """A document that cannot be read: `a.ipynb:3:7: is not JSON: ...`."""


class DeviceError(ArchcheckError):
    """A device that is not there, or that has too little memory for the network."""


class UsageError(ArchcheckError):
    """A setting that cannot be meant: `--batch 0: needs a whole number of at least 1`."""


class WriteError(ArchcheckError):
    """A file that cannot be written; what stood there before is untouched."""


class RefusedInput(Exception):  # noqa: N818 - a verdict on the network, not an error of the program
    """A rule's word that the layer cannot run on the shape it is given (PyTorch would raise)."""


class BadArgument(Exception):  # noqa: N818 - becomes a SpecError as soon as the place is known
    """A rule's word that an argument is invalid whatever the input is: `argument` and what is wrong."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument
        self.problem = problem
