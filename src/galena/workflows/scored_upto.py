"""Up to which event a workspace is scored.

A scoring of everything covers what happened before it began. What happens while it is at work may come too late for
it, and its own scores too late for that: so the leads touched since its beginning are scored once more when it has
ended, wherever somebody had read on to meanwhile.
"""

from galena.domain.scored import ScoreRun
from galena.stores import event_readers, outbox
from galena.stores.door import Session

_SCORED = "scored"
_BEGUN = "scoring everything"


def find_position(session: Session, *, lock: bool = False) -> int | None:
    """The last event whose lead is scored by now; None: the workspace was never scored.

    Args:
        lock: keep others who score touched leads waiting until the transaction ends.
    """
    return event_readers.find(session, _SCORED, lock=lock)


def move_position(session: Session, position: int) -> None:
    """Notes that leads are scored up to this event."""
    event_readers.move(session, _SCORED, position)


def mark_begin(session: Session, run: ScoreRun) -> None:
    """Notes where events stand as a scoring of everything begins; one that is taken up began earlier."""
    if run.checkpoint_lead_id is None or event_readers.find(session, _BEGUN) is None:
        event_readers.move(session, _BEGUN, 0 if run.checkpoint_lead_id else outbox.settled(session))


def mark_end(session: Session) -> None:
    """Notes that everything is scored as of the beginning of the scoring."""
    begun = event_readers.find(session, _BEGUN)
    if begun is not None:
        event_readers.move(session, _SCORED, begun)
        event_readers.drop(session, _BEGUN)
