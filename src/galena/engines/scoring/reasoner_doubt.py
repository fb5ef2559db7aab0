"""Whether an answer about a lead may have been made by a text of the lead, and what stands then.

The question is asked a second time without the texts. Where the two scores lie further apart than a text may move
one, the answer without the texts stands and a person is asked to look. So a text that no screen recognises moves a
score by a bounded number of points, whatever it says.
"""

from dataclasses import dataclass

from galena.domain.playbook import Doubt
from galena.domain.reasoner import TEXT_MOVED_SCORE, ReasonerAnswer
from galena.domain.score import MICROPOINTS


def is_doubtful(answer: ReasonerAnswer, rules_micropoints: int, doubt: Doubt) -> bool:
    """Whether to ask again without the texts: the score is high, or far from what the rules say of the same lead."""
    points = answer.micropoints / MICROPOINTS
    high = doubt.from_score is not None and points >= doubt.from_score
    return high or abs(points - rules_micropoints / MICROPOINTS) > doubt.points_from_rules


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of two answers stands, and why a person should look."""

    with_texts: bool
    review: str | None


def settle(with_texts: ReasonerAnswer, without: ReasonerAnswer, doubt: Doubt) -> Verdict:
    """The answer with the texts stands unless they moved the score too far, up or down."""
    moved = abs(with_texts.micropoints - without.micropoints) / MICROPOINTS
    if moved > doubt.text_may_move:
        return Verdict(False, TEXT_MOVED_SCORE)
    return Verdict(True, None)
