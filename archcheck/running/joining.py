"""Two runs of one document: what the one did not come to, the other may have."""

from __future__ import annotations

from dataclasses import replace

from archcheck.running.observed import Called, Event, Observed


def joined(first: Observed, second: Observed) -> Observed:
    """Return what the first run showed, and of the sites that it saw nothing of what the second one did.

    Calls of both are told apart: those of the second have numbers behind those of the first.
    """
    seen = first.seen
    more = [event for event in second.events if event.site not in seen]
    turn = max((0, *(one.turn for one in first.events), *(one.turn for one in first.called)))
    frame = max((0, *(one.frame for one in first.events)))
    call = max((0, *(one.call for one in first.events)))
    events = (_later(event, turn, frame, call) for event in more)
    wanted = {event.turn for event in more}
    printed, before = second.printed or {}, first.printed or {}
    taken = (printed.keys() - before) | (first.doubtful.keys() & (printed.keys() - second.doubtful))
    doubtful = {**first.doubtful, **{site: second.doubtful.get(site) for site in taken}}
    called = (_later_call(one, turn) for one in second.called if one.turn and one.turn in wanted)
    return replace(
        first,
        events=(*first.events, *events),
        called=(*first.called, *called),
        printed={**before, **{site: printed[site] for site in taken}},
        doubtful={site: stated for site, stated in doubtful.items() if stated is not None},
    )


def _later(event: Event, turn: int, frame: int, call: int) -> Event:
    """Return an event of the second run; 0 is the document itself, and no call, in both."""
    return replace(
        event,
        turn=event.turn and event.turn + turn,
        frame=event.frame and event.frame + frame,
        call=event.call and event.call + call,
    )


def _later_call(called: Called, turn: int) -> Called:
    return replace(called, turn=called.turn + turn)
