"""What a playbook asks of the reasoner: a language model that reads a lead and scores it, with its reasons."""

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part, Sentence, Sql


class Fact(Part):
    """Something of a lead that the reasoner is shown.

    Attributes:
        label: what it is called in the record that is shown.
        sql: an expression over fields, features and category; left out: the field or feature of this name.
        free_text: written by strangers: screened, cut, and withheld where it reads like an instruction.
        because: why a personal field is needed; a personal field without it is refused.
    """

    name: Name
    label: Sentence
    sql: Sql | None = None
    free_text: bool = False
    because: Sentence | None = None

    @property
    def reads(self) -> str:
        """The expression that gives it."""
        return self.sql or self.name


class Flag(Part):
    """A remark that the reasoner may put on a lead; others are dropped."""

    name: Name
    label: Sentence
    when: Sentence


class Price(Part):
    """What a model costs per million tokens, in the playbook's currency."""

    input_per_million: float = Limit(ge=0, le=10_000)
    cached_input_per_million: float = Limit(ge=0, le=10_000)
    output_per_million: float = Limit(ge=0, le=10_000)


class Doubt(Part):
    """When the reasoner is asked a second time, without the free texts, to see whether a text made the score.

    Attributes:
        from_score: from this score on; None: never for its height alone.
        points_from_rules: a score this many points from what the rules say.
        text_may_move: by more points than this a free text moves no score: then the answer without it stands, and a
            person is asked to look.
    """

    from_score: float | None = Limit(default=80, ge=0, le=100)
    points_from_rules: float = Limit(default=30, ge=0, le=100)
    text_may_move: float = Limit(default=25, ge=0, le=100)


class Reasoner(Part):
    """How the reasoner is asked.

    Attributes:
        version: of the prompt; raised by its author with each change. A new one asks again about every lead.
        task: what a score means and what counts, in plain sentences.
        facts: what of a lead is shown, in order.
        flags: remarks it may make.
        longest_text: characters of a free text that are shown; the rest is cut.
        answer_tokens: the most tokens an answer may take, thinking included.
        prices: model -> price, where it is known.
    """

    version: int = Limit(ge=1)
    task: str = Limit(min_length=1, max_length=8_000)
    facts: tuple[Fact, ...] = Limit(min_length=1, max_length=60)
    flags: tuple[Flag, ...] = ()
    longest_text: int = Limit(default=1_200, ge=100, le=10_000)
    answer_tokens: int = Limit(default=6_000, ge=100, le=64_000)
    prices: dict[str, Price] = {}
    doubt: Doubt = Doubt()
