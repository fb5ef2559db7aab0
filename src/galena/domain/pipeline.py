"""The stages of the pipeline: what was recorded of a lead says in which it is, and a move is an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from galena.domain.dispositions import Stand


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the pipeline.

    Attributes:
        stands: where the leads in it stand.
        outcomes: what can be recorded to bring a lead there, as `domain.dispositions.RULES` has it; none: a lead
            comes there by itself alone.
    """

    name: str
    label: str
    stands: tuple[Stand, ...]
    outcomes: tuple[str, ...]


_STAGES = (
    Stage("new", "New", (Stand.NEW,), ()),
    Stage("working", "Being tried", (Stand.WORKING,), ("unanswered", "voicemail", "wrong_number")),
    Stage("later", "Interested later", (Stand.PENDING,), ("callback_requested", "future_interest")),
    Stage("booked", "Meeting booked", (Stand.BOOKED,), ("booked",)),
    Stage("deciding", "Deciding", (Stand.DECIDING,), ("future_pending",)),
    Stage("closing", "On the way to closing", (Stand.CLOSING,), ("closed_won",)),
    Stage("won", "Closed and paid", (Stand.WON,), ("closed_won",)),
    Stage(
        "out",
        "Out",
        (Stand.GREY, Stand.REFUSED, Stand.LOST, Stand.BANNED),
        ("no_answer", "not_interested", "closed_lost", "do_not_contact"),
    ),
)

STAGES: Mapping[str, Stage] = MappingProxyType({stage.name: stage for stage in _STAGES})
"""Name -> stage, in the order of the pipeline."""

_BY_STAND = {stand: stage for stage in _STAGES for stand in stage.stands}


def stage_of(stand: Stand) -> Stage:
    """The stage of a lead that stands so."""
    return _BY_STAND[stand]
