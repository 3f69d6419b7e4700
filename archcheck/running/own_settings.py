"""Settings of our own for a class of a document that reads them: each is what its name says, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_NAMING = ("name", "mode")
_ELSE = ("type", "path")
"""What settings are called that are words: of the first one that the code compares them with, of others none is chosen.

A type or a path is often given in the place of the numbers that are given here.
"""


class Settings(dict[str, Any]):
    """Settings of our own, read as entries or as attributes.

    `guess`: of a name and a type, raises ValueError where nothing says one; `words`: those that the code compares a
    setting with.
    """

    def __init__(self, guess: Callable[..., Any], words: Mapping[str, str]) -> None:
        super().__init__()
        self.__dict__.update(_guess=guess, _words=words, _wanted={}, _none=[])

    def with_none(self) -> bool:
        """Let what was asked for in vain be None from now on, as what is left out; return whether there was any."""
        wanted = self.__dict__["_wanted"]
        self.update(wanted)
        self.__dict__["_none"] += wanted
        found = bool(wanted)
        wanted.clear()
        return found

    def with_numbers(self) -> bool:
        """Let what was None for that be a number each: something is reckoned with it. Return whether there was any."""
        none = self.__dict__["_none"]
        self.update({name: self.__dict__["_guess"](name, "int") for name in none})
        found = bool(none)
        none.clear()
        return found

    def __missing__(self, name: str) -> Any:
        word = name.lower().rpartition("_")[2]
        if word in _NAMING + _ELSE:
            self[name] = self.__dict__["_words"].get(name) if word in _NAMING else None
            return self[name]
        try:
            self[name] = self.__dict__["_guess"](name)
        except ValueError:
            self.__dict__["_wanted"][name] = None
            raise KeyError(name) from None
        return self[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
