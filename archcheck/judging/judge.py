"""A document's claims x what its sites saw -> checks, and which input each model was judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from archcheck.binding.program import Program, Site
from archcheck.judging.chosen import Chosen
from archcheck.judging.exhibits import exhibited
from archcheck.judging.hints import product_hint, sighting_hint
from archcheck.judging.names import Names
from archcheck.judging.parts import Part, Ruling, are_alternatives, check_of, no_tensor, parts_of
from archcheck.judging.printouts import NOTHING, Printouts
from archcheck.judging.reasons import ELSE, FOLLOWS_NOT, GOES_IN, OURS, UNFINISHED, UNREACHED, Reasons
from archcheck.judging.self_tests import self_test_checks
from archcheck.judging.sightings import Scope, Sighting, shapes_in, sightings_of
from archcheck.judging.turns import GUESSED, TRIED, is_in_doubt, is_no_call_of_it, is_of, is_vain
from archcheck.judging.verdicts import Verdicts
from archcheck.judging.votes import Votes
from archcheck.results import Check, Plain, Status
from archcheck.running.observed import ABSENT, Called, Observed


def judge(program: Program, observed: Observed) -> Verdicts:
    """Return a check for each shape that the document states, in its order."""
    judged = _Judge.of(program, observed)
    rulings = judged.rulings([part for claim in program.claims for part in parts_of(claim)])
    own = tuple(called for called in observed.called if called.turn == 0)
    exhibits = tuple(exhibited(program, judged.reasons, judged.printouts, observed.doubtful))
    tests = tuple(self_test_checks(program, observed))
    return Verdicts(rulings, judged.calls(), judged.turns, judged.names, exhibits, tests, own)


@dataclass(frozen=True, slots=True)
class _Judge:
    """`seen`: by site; `turns`: how each turn's model was called; `names`: what letters stand for, by scope.

    `votes`: of the inputs that we tried; `picked`: what hangs on sizes that we chose. `doubtful`: sites that printed
    what was made of supposed tensors, and whether one of these itself.
    """

    sites: Mapping[int, Site]
    seen: Mapping[int, Sequence[Sighting]]
    turns: Mapping[int, Called]
    reasons: Reasons
    printouts: Printouts
    names: dict[Scope, Names] = field(default_factory=dict)
    votes: Votes = field(default_factory=Votes)
    doubtful: Mapping[int, bool] = field(default_factory=dict)
    picked: Chosen = field(default_factory=lambda: Chosen({}, {}))
    not_meant: set[int] = field(default_factory=set)
    calls_not_meant: set[Scope] = field(default_factory=set)

    @classmethod
    def of(cls, program: Program, observed: Observed) -> _Judge:
        seen: dict[int, list[Sighting]] = {}
        found = sightings_of(program, observed.events, observed.supposed)
        for sighting in found:
            seen.setdefault(sighting.site, []).append(sighting)
        turns = {called.turn: called for called in observed.called}
        sites = {site.number: site for site in program.sites}
        reasons, printouts = Reasons(program, observed), Printouts(program, observed)
        judged = cls(
            sites, seen, turns, reasons, printouts, doubtful=observed.doubtful, picked=Chosen(seen, turns)
        )
        judged._bind(program, found)
        judged._choose(program)
        judged._leave_out(program)
        return judged

    def _bind(self, program: Program, found: Sequence[Sighting]) -> None:
        """Let every letter stand for the first size that it meets in its scope, in the order of the run."""
        first: dict[int, list[Part]] = {}
        for claim in program.claims:
            if claim.sites and claim.statement.sure:
                first.setdefault(claim.sites[0], []).extend(parts_of(claim))
        for sighting in found:
            names = self.names.get(sighting.scope, {})
            several = len(shapes_in(sighting.given)) > 1
            own = first.get(sighting.site, ())
            # of what goes in nobody knows yet which is meant: what comes out tells more
            for part in sorted(own, key=lambda one: several and one.quantity == "input"):
                if len(part.claim.sites) > 1 and part.of_letters and part.is_shorter(sighting):
                    continue  # of several values it is rather that one which has as many axes
                names = self._asked(part, sighting).holds(sighting, names) or names
            self.names[sighting.scope] = {**self.names.get(sighting.scope, {}), **names}

    def _choose(self, program: Program) -> None:
        """Choose for each model the input that we tried by which most claims hold; of equals, the first."""
        parts = [part for claim in program.claims for part in parts_of(claim)]
        for part in parts:
            for sighting in (one for site in part.claim.sites for one in self.seen.get(site, ())):
                called = self.turns.get(sighting.turn)
                if called is not None and called.origin in TRIED:
                    sized = self.picked.without(part, sighting) != part
                    holds, shorter = self._holds(part, sighting), part.is_shorter(sighting)
                    self.votes.add(called, holds=holds, sized=sized, shorter=shorter)
        self.votes.choose()

    def _leave_out(self, program: Program) -> None:
        """Leave out what was called otherwise than the document says of its parameters.

        Of calls with other sizes the whole turn, and of calls of ours that failed, or gave all parameters the same; of
        what a model that we called calls itself, that one call.
        """
        for part in (part for claim in program.claims for part in parts_of(claim)):
            for sighting in (one for site in part.claim.sites for one in self.seen.get(site, ())):
                called, site = self.turns.get(sighting.turn), self.sites[sighting.site]
                if called is None or self._holds(part, sighting) or sighting.gave == ABSENT:
                    continue
                own = is_of(called, site)
                if own and site.when == "before" and site.name is not None and is_no_call_of_it(called):
                    self.not_meant.add(sighting.turn)
                if site.kind != "parameter":
                    continue
                if own and (called.origin == "other sizes" or is_no_call_of_it(called)):
                    self.not_meant.add(sighting.turn)
                elif not own and called.origin in GUESSED:
                    self.calls_not_meant.add(sighting.scope)

    def calls(self) -> tuple[Called, ...]:
        """Return the calls of models that claims were judged by."""
        told = (turn for turn in sorted(self.turns) if self._counts(turn))
        return tuple(self.turns[turn] for turn in told if self.turns[turn].origin != "unfinished")

    def rulings(self, parts: Sequence[Part]) -> tuple[Ruling, ...]:
        """Return the verdicts on stated shapes; of several forms that are said of one parameter one is meant."""
        found = [self.ruling(part) for part in parts]
        agreed = [one.part for one in found if one.check.status == "agrees" and self._of_parameter(one.part)]
        return tuple(self._of_form(one, agreed) for one in found)

    def _of_parameter(self, part: Part) -> bool:
        return any(self.sites[site].kind == "parameter" for site in part.claim.sites[:1])

    def _of_form(self, one: Ruling, agreed: Sequence[Part]) -> Ruling:
        """Return a verdict that differs as none where another form of the same parameter is meant."""
        if one.check.status != "differs" or not any(are_alternatives(one.part, other) for other in agreed):
            return one
        return replace(one, check=replace(one.check, status="unchecked", hint=ELSE))

    def ruling(self, part: Part) -> Ruling:
        """Return the verdict on one stated shape: that of the likeliest site, or of one where it holds."""
        if part.claim.told == "output":
            return self._printed(part)
        if (left := self.reasons.not_made(part.claim)) is not None:
            return Ruling(part, self._made(part, "unchecked", None, None, left))
        ruled = [one for site in part.claim.sites if (one := self._ruled(part, site)) is not None]
        best = next((one for one in ruled if one.check.status == "agrees"), ruled[0] if ruled else None)
        unseen = self.reasons.unseen(part.claim)
        if best is None or (unseen != UNREACHED and self._tells_less(part, best)):
            return Ruling(part, self._made(part, "unchecked", None, None, unseen))
        if best.check.status == "differs" and (why := self._doubt(part, ruled)) is not None:
            return replace(best, check=replace(best.check, status="unchecked", hint=why))
        return best

    def _tells_less(self, part: Part, best: Ruling) -> bool:
        """Return whether a verdict is that a less likely site tells nothing: why the likeliest did not run is more."""
        return best.check.status == "unchecked" and not best.seen and not self.seen.get(part.claim.sites[0])

    def _doubt(self, part: Part, ruled: Sequence[Ruling]) -> str | None:
        """Return why what differs may not be meant: of several sites, where only other lines' letters are against."""
        seen = [sighting for one in ruled for sighting in one.seen[:1]]
        if not part.claim.statement.sure:
            flat = any(part.is_flat(self.sites[site].text) for site in part.claim.sites)
            return None if flat or any(part.is_plainly_of(one) for one in seen) else ELSE
        without = self._of_parameter(part) and any(map(part.lacks_batch, seen))
        other = without or part.is_of_a_step(seen[:1])
        if other or len(part.claim.sites) == 1:
            return ELSE if other else None
        unrun = any(one.site != part.claim.sites[0] for one in ruled[0].seen[:1])  # the likeliest
        fitting = (self._asked(part, one).holds(one, {}) is not None for one in seen)
        return ELSE if unrun or any(fitting) else None

    def _printed(self, part: Part) -> Ruling:
        """Return the verdict on what a document shows as printed, by what the run printed there."""
        seen, statement = self.printouts.seen(part.claim), part.claim.statement
        if not isinstance(seen, Sighting):
            why = seen or self.reasons.unseen(part.claim, NOTHING)
            return Ruling(part, self._made(part, "unchecked", None, None, why))
        sure = statement.sure or all(shape.layout == "size" for shape in statement.shapes)
        supposed = self.doubtful.get(seen.site)
        sure = sure and supposed is None
        status: Status = "agrees" if part.holds(seen, {}) is not None else "differs" if sure else "unchecked"
        hint = None if status != "unchecked" else ELSE if supposed is None else FOLLOWS_NOT
        if supposed is True:
            status, hint = "unchecked", self.reasons.taken(seen.site)
        return Ruling(part, self._made(part, status, seen.site, seen, hint), (seen,))

    def _ruled(self, part: Part, site: int) -> Ruling | None:
        """Return the verdict on what one site saw; None where it saw nothing."""
        told, other, supposed = self._sorted(site)
        flat = part.is_flat(self.sites[site].text)
        usable = [one for one in told if part.comparable(one, flat=flat)]
        if not usable and supposed:
            return self._supposed(part, site, supposed, told, flat=flat)
        if not usable:
            return self._of_no_tensor(part, site, told)
        check = self._compared(part, site, usable, other)
        if check.hint == OURS and supposed:
            otherwise = self._supposed(part, site, supposed, told, flat=flat)
            if otherwise.check.status == "agrees":
                return otherwise
        return Ruling(part, check, tuple(usable), tuple(one for one in other if part.comparable(one)))

    def _sorted(self, site: int) -> tuple[list[Sighting], list[Sighting], list[Sighting]]:
        """Return what a site saw that counts: in the document's own calls, else in ours; with other sizes; in doubt."""
        kind, seen = self.sites[site], []
        for one in self.seen.get(site, ()):
            vain = is_vain(self.turns.get(one.turn), kind) or one.scope in self.calls_not_meant
            seen += [one] if self._counts(one.turn) and not vain else []
        origins = {one.turn: called.origin for one in seen if (called := self.turns.get(one.turn))}
        own = [one for one in seen if one.turn not in origins or one.turn == 0]
        other = [one for one in seen if origins.get(one.turn) == "other sizes"]
        supposed = [one for one in seen if is_in_doubt(self.turns.get(one.turn))]
        return own or [one for one in seen if one not in other and one not in supposed], other, supposed

    def _of_no_tensor(self, part: Part, site: int, told: Sequence[Sighting]) -> Ruling | None:
        """Return the verdict on what is no tensor of as many axes: numbers that are listed there may be meant."""
        if not told:
            return None
        if any(part.lists(one) for one in told):
            return Ruling(part, self._made(part, "agrees", site, told[0], None))
        return Ruling(part, self._made(part, "unchecked", site, told[0], no_tensor(part, told[0])))

    def _supposed(
        self, part: Part, site: int, supposed: Sequence[Sighting], told: Sequence[Sighting], *, flat: bool
    ) -> Ruling:
        """Return the verdict on what was made of what the document states: it agrees, or nothing is known."""
        usable = [one for one in supposed if part.comparable(one, flat=flat)]
        holding = [one for one in supposed if part.lists(one) or (one in usable and self._holds(part, one))]
        first = [*holding, *usable, *told, *supposed][0]
        if holding:
            why = self._says_little(part, site, first)
            check = self._made(part, "unchecked" if why else "agrees", site, first, why)
            return Ruling(part, check, tuple(holding))
        called = self.turns.get(first.turn)
        left = called is not None and called.origin == "unfinished"
        why = (UNFINISHED if left else FOLLOWS_NOT) if usable else no_tensor(part, first)
        why = self.reasons.taken(site) if why == GOES_IN else why
        return Ruling(part, self._made(part, "unchecked", site, first, why))

    def _compared(
        self, part: Part, site: int, usable: Sequence[Sighting], other: Sequence[Sighting]
    ) -> Check:
        failing = [one for one in usable if not self._holds(part, one)]
        otherwise = self._failing_otherwise(part, other)
        if len(failing) < len(usable):  # a function may be called with what it was not written for
            failing = [one for one in failing if part.of_letters and part.has_axes_of(one)]
            otherwise = [one for one in otherwise if part.has_axes_of(one)]
        failing += otherwise
        if not failing:
            why = self._says_little(part, site, usable[0])
            return self._made(part, "unchecked" if why else "agrees", site, usable[0], why)
        if any(self._is_ours(part, one) for one in failing):
            return self._made(part, "unchecked", site, failing[0], OURS)
        received = replace(part, quantity="input")
        if part.stands_above(failing[0]) and self._holds(received, failing[0]):
            if part.tells_of_input:
                return self._made(received, "agrees", site, failing[0], None)
            return self._made(part, "unchecked", site, failing[0], GOES_IN)
        return self._made(part, "differs", site, failing[0], self._hint(part, failing[0]))

    def _says_little(self, part: Part, site: int, sighting: Sighting) -> str | None:
        """Return why letters alone that fit fewer axes than there are need not be meant."""
        if not part.of_letters or not part.is_shorter(sighting):
            return None
        called = self.turns.get(sighting.turn)
        if called is not None and called.origin == "made up":
            return OURS
        several = isinstance(sighting.gave, list) and len(sighting.gave) > 1
        return ELSE if several and self.sites[site].kind == "return" else None

    def _failing_otherwise(self, part: Part, other: Sequence[Sighting]) -> list[Sighting]:
        """Return the sightings of other sizes of which a part does not hold.

        Left out are those whose sizes differ where the document has one word for all of them: of lengths that it
        takes to be one, and that another call has as one.
        """
        usable = [one for one in other if part.comparable(one)]
        failing = [one for one in usable if not self._holds(part, one)]
        holding = {self.turns[one.turn].what for one in usable if one not in failing}
        return [
            one
            for one in failing
            if self.turns[one.turn].what not in holding or part.is_named(one, self._names(one))
        ]

    def _is_ours(self, part: Part, sighting: Sighting) -> bool:
        """Return whether what was seen may be so because of sizes of our own, and not the document's."""
        called = self.turns.get(sighting.turn)
        if called is None or called.passing or called.what in self.votes.shortened:
            return called is not None
        if self.picked.is_fixed(part, sighting, self._names(sighting)):
            return True
        if called.origin == "made up":
            opened = part.without_numbers().without_ones(sighting)
            return self._holds(opened, sighting) or not self.votes.most_hold(called)
        other = self.picked.without(part, sighting)
        if other != part and self._holds(other, sighting):
            return not self.votes.most_sizes_hold(called)
        free = self.picked.has_free_rank(called) and not part.has_axes_of(sighting)
        return free and not self.votes.most_hold(called)

    def _counts(self, turn: int) -> bool:
        """Return whether claims are judged by a turn: not by one of several inputs that we tried in vain."""
        if turn in self.not_meant:
            return False
        called = self.turns.get(turn)
        if called is None or called.origin not in TRIED:
            return True
        return self.votes.chosen.get(called.what) == turn

    def _names(self, sighting: Sighting) -> Names:
        """Return what letters, and names of the code, stand for where something was seen."""
        return {**self.names.get(sighting.scope, {}), **sighting.names}

    def _asked(self, part: Part, sighting: Sighting) -> Part:
        called = self.turns.get(sighting.turn)
        return part.without_numbers() if called and called.origin == "other sizes" else part

    def _holds(self, part: Part, sighting: Sighting) -> bool:
        kind, names = self.sites[sighting.site].kind, self.names.get(sighting.scope, {})
        names = part.shared(names) if kind == "parameter" else names
        return self._asked(part, sighting).holds(sighting, names) is not None

    def _hint(self, part: Part, sighting: Sighting) -> str | None:
        given, gave = shapes_in(sighting.given), part.seen(sighting)
        if part.is_flat(self.sites[sighting.site].text):
            return product_hint(part.shapes[0])
        clash = self._clash(part, sighting)
        if clash is not None or part.quantity != "output" or not gave:
            return clash
        return sighting_hint(sighting, self.sites[sighting.site].text, given, gave[0], part.shapes[-1])

    def _clash(self, part: Part, sighting: Sighting) -> str | None:
        """Say which letters keep a claim from holding that would hold without what they stand for."""
        if self._asked(part, sighting).holds(replace(sighting, names={}), {}) is None:
            return None
        names = self._names(sighting)
        words = " ".join(str(size.value) for shape in part.shapes for size in shape.sizes)
        told = [f"{name} is {size}" for name, size in names.items() if name in words]
        return ", ".join(told) or None

    def _made(
        self, part: Part, status: Status, site: int | None, sighting: Sighting | None, hint: str | None
    ) -> Check:
        where = "" if site is None else self.sites[site].text
        seen: Plain = None if sighting is None or not (shapes := part.seen(sighting)) else list(shapes[0])
        return check_of(part, status, where, "" if sighting is None else sighting.kind, seen, hint)
