"""One target of a session: what it claims, known without a run, and its verification, made once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import chdir
from functools import cached_property

from archcheck import api
from archcheck.errors import ArchcheckError
from archcheck.pytest_plugin.claims import Claim, Key, claims_of, keyed
from archcheck.pytest_plugin.settings import Settings
from archcheck.results import FAILING, Check, Verification
from archcheck.targets import Target


class Verifying:
    """A target, and its verification, which is made when the first of its items runs."""

    def __init__(self, target: Target, settings: Settings) -> None:
        """Know what to verify; nothing is read."""
        self.target, self.settings = target, settings

    @cached_property
    def linted(self) -> Verification:
        """What the arithmetic alone says of a spec."""
        with chdir(self.settings.here):
            return api.lint(self.target)

    @cached_property
    def claims(self) -> list[Claim] | None:
        """What the target claims; None of a document that states nothing. Raises `ArchcheckError`."""
        if not self.target.is_document:
            if self.linted.error is not None:
                raise ArchcheckError(self.linted.error)
            return claims_of(self.linted.checks)
        from archcheck.documented import opened, stated

        with chdir(self.settings.here):
            checks = stated(opened(self.target.path, self.target.shown))
        return None if checks is None else claims_of(checks)

    @cached_property
    def result(self) -> Verification:
        """The verification; what keeps it from being made is its error."""
        if self.settings.lint:
            return self.linted
        try:
            with chdir(self.settings.here):
                return api.verify(self.target, self.settings.device, seconds=self.settings.seconds)
        except ArchcheckError as error:  # a device that is not here is the same for all targets
            return Verification(self.target.shown, self.target.shown, None, error=str(error))

    @cached_property
    def checks(self) -> Mapping[Key, Check]:
        """The checks that the verification made of the claims."""
        return keyed(self.result.checks)

    @property
    def failing(self) -> list[Check]:
        """What fails and is no claim's: a call that the document tries itself, code that did not run, our opinions."""
        claims = {claim.key for claim in self.claims or ()}
        of_claims = {id(check) for key, check in self.checks.items() if key in claims}
        return [
            check for check in self.result.checks if check.status in FAILING and id(check) not in of_claims
        ]
