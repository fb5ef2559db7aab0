"""How often a call is tried, and how long the pauses between are."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Patience:
    """Growing pauses with chance in them, so that many callers do not come back at one moment.

    Attributes:
        attempts: calls in all.
        first_s, longest_s: the first pause, and the longest.
        longest_asked_s: what an endpoint asks for beyond this is not waited out: the lead waits for a later run.
    """

    attempts: int = 4
    first_s: float = 1.0
    longest_s: float = 60.0
    longest_asked_s: float = 300.0
    chance: random.Random = field(default_factory=random.Random, repr=False)

    def pause_s(self, attempt: int, asked_s: float | None) -> float | None:
        """Seconds to wait after the attempt of this number (1 is the first); None: give up.

        Args:
            asked_s: as the endpoint asked.
        """
        if attempt >= self.attempts:
            return None
        if asked_s is not None and asked_s > self.longest_asked_s:
            return None
        grown = min(self.longest_s, self.first_s * 2.0 ** (attempt - 1))
        pause = grown * self.chance.uniform(0.5, 1.0)
        return max(pause, asked_s) if asked_s is not None else pause
