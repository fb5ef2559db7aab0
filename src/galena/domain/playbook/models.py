"""What a playbook says of models: what is to be predicted, from which labels, and how it joins the rules."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part, Sentence, Sql


class Head(Part):
    """One thing to predict, learned from what happened to earlier leads.

    A lead is positive where `positive` holds, else negative where `negative` holds, else open: what will become of it
    is not known yet, and no model learns from it.

    Attributes:
        label: what a positive is, as a short phrase: "Became a client".
        positive, negative: conditions; they may read outcome fields, and `positive` must.
        decided_at: the date or instant at which it was known; NULL or left out: when the outcome was delivered.
        given: the head that must be positive for this one to be asked (won, given booked).
        worth: what a positive lead is worth, from what is known when it is scored; times the probabilities it is the
            expected value. NULL where nothing is known.
    """

    name: Name
    label: Sentence
    positive: Sql
    negative: Sql
    decided_at: Sql | None = None
    given: Name | None = None
    worth: Sql | None = None


class Models(Part):
    """How models take part in the scores of a playbook.

    Attributes:
        mode: `rules`: rules alone score, models may run beside them; `model`: the model's probability is the score;
            `blend`: rules are one more member of the model, whose weight shrinks as evidence grows.
        score: the head whose probability x 100 is the score; left out: the first.
        minimum_labels: under this many decided leads the rules score alone.
        arrived_at: when a lead came in, where a field says so; left out: when it was first imported.
        inputs: fields a model may read besides features, category and what the rules read.
        monotone: feature -> `up` or `down`: more of it may only raise (lower) the prediction.
    """

    mode: Literal["rules", "model", "blend"] = "rules"
    score: Name | None = None
    minimum_labels: int = Limit(default=100, ge=20, le=1_000_000)
    heads: tuple[Head, ...] = ()
    arrived_at: Sql | None = None
    inputs: tuple[Name, ...] = ()
    monotone: dict[Name, Literal["up", "down"]] = {}

    @property
    def score_head(self) -> Head | None:
        """The head that is the score; None where rules alone score."""
        if self.mode == "rules" or not self.heads:
            return None
        return self.head(self.score) if self.score else self.heads[0]

    def head(self, name: str) -> Head | None:
        """The head of this name."""
        return next((head for head in self.heads if head.name == name), None)

    def chain(self, head: Head) -> tuple[Head, ...]:
        """The head and those it is given, the first asked first: booked, then won given booked."""
        before = self.head(head.given) if head.given else None
        return (*(self.chain(before) if before else ()), head)
