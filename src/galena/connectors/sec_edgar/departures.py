"""Item 5.02 of a current report: who left and who came, by office, without their names."""

import re
from dataclasses import dataclass

from galena.connectors.sec_edgar.texts import sentences, shown

_OFFICE = re.compile(
    r"(?:(?:Interim|Acting|Executive|Senior|Group|Corporate|Global|Co-)\s*)*"
    r"(?:Chief(?:\s+[A-Z][\w&-]+){1,3}(?:\s+and\s+[A-Z]\w+)?\s+Officer|Principal\s+(?:Executive|Financial|Accounting)\s+Officer"
    r"|(?:Vice\s+)?President(?:\s+and\s+Chief(?:\s+[A-Z]\w+){1,3}\s+Officer)?|General\s+Counsel|Treasurer|Controller"
    r"|Corporate\s+Secretary|Executive\s+Chair(?:man|woman|person)?|C[EFOTIM]O)\b",
)
_DIRECTOR = re.compile(
    r"\b(?:director|member\s+of\s+the\s+board|board\s+of\s+directors|chair(?:man|woman|person)?)\b", re.I
)
_LEFT = re.compile(
    r"\b(?:resign(?:ed|s|ing|ation)?|retire(?:d|s|ment)?|retiring|step(?:s|ped|ping)?\s+down|depart(?:ed|s|ure|ing)?"
    r"|terminat(?:ed|ion\s+of\s+(?:his|her|their|the)?\s*employment)|separat(?:ed|ion)|removed|passed\s+away|death\s+of"
    r"|ceas(?:ed?|ing)\s+(?:to\s+(?:serve|be)|serving)|leav(?:e|es|ing)\s+the\s+Company|left\s+the\s+Company"
    r"|transition(?:s|ed|ing)?\s+(?:from|out\s+of)\s+(?:his|her|their|the)\s+(?:role|position)"
    r"|not\s+(?:to\s+)?(?:stand|seek)\s+(?:for\s+)?re-?election)\b",
    re.IGNORECASE,
)
_CAME = re.compile(
    r"\b(?:appoint(?:ed|s|ment|ing)?|(?<!re-)(?<!re)elect(?:ed|s|ion)|nam(?:ed|es|ing)|hir(?:ed|es|ing)|promot(?:ed|es|ion)"
    r"|will\s+(?:serve|join|succeed|assume|become)|succeed(?:ed|s|ing)?|joined\s+the\s+Company\s+as)\b",
    re.IGNORECASE,
)
_NOT_REALLY = re.compile(
    r"\b(?:not|nor|without)\b(?:\W+\w+){0,4}?\W+(?:resign\w*|terminat\w*|retire\w*)"
    r"|\bin\s+the\s+event\b|\bif\b.{0,60}?\b(?:employment|terminated|resigns)\b"
    r"|\bupon\s+(?:a|any)\s+(?:termination|resignation)",
    re.IGNORECASE,
)
_NO_DISPUTE = re.compile(
    r"\bnot\b(?:\W+\w+){0,8}\W+(?:result\s+of|due\s+to|because\s+of|involve)\W+(?:\w+\W+){0,3}(?:disagreement|dispute)",
    re.I,
)
_ASIDE = re.compile(r",\s+(?:who|age)\b[^,]*,", re.IGNORECASE)
_HEADING = re.compile(r"^\s*item\s+5\.02\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"\b(?:who|previously|formerly|prior\s+to|since|served\s+as|has\s+served)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody who left or came.

    Attributes:
        office: such as "Chief Financial Officer"; "Director" for a seat on the board.
        is_executive: False for a seat on the board alone.
        sentence: where it stands.
    """

    office: str
    is_executive: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Who left and who came; both empty: the item speaks of pay or plans alone, or cannot be read."""

    left: tuple[Move, ...] = ()
    came: tuple[Move, ...] = ()


def read_moves(lines: list[str]) -> Moves:
    """Who left and who came, from the lines of item 5.02. One office counts once for each."""
    left: dict[str, Move] = {}
    came: dict[str, Move] = {}
    for sentence in sentences(lines):
        if _HEADING.match(sentence):
            sentence = _without_title(sentence)
        sentence = _ASIDE.sub(",", sentence)
        gone = _LEFT.search(sentence)
        if gone and not _NOT_REALLY.search(_NO_DISPUTE.sub(" ", sentence)):
            _note(left, sentence, gone)
        new = _CAME.search(sentence)
        if new:
            _note(came, sentence, new)
    return Moves(tuple(left.values()), tuple(came.values()))


def _note(found: dict[str, Move], sentence: str, verb: re.Match[str]) -> None:
    office = _office_near(sentence, verb)
    if office:
        found.setdefault(office.casefold(), Move(office, True, shown(sentence, verb.start())))
    elif _DIRECTOR.search(sentence) and not any(each.is_executive for each in found.values()):
        found.setdefault("director", Move("Director", False, shown(sentence, verb.start())))


def _office_near(sentence: str, verb: re.Match[str]) -> str:
    """The office that goes with the verb: the first one after it, before another verb or a look back; else the last one
    before it."""
    after = sentence[verb.end() :]
    stop = min(
        (each.start() for pattern in (_LEFT, _CAME, _BEFORE) if (each := pattern.search(after))),
        default=len(after),
    )
    if found := _OFFICE.search(after[:stop]):
        return _plain(found[0])
    before = list(_OFFICE.finditer(sentence[: verb.start()]))
    if before and not (
        _LEFT.search(sentence[before[-1].end() : verb.start()])
        or _CAME.search(sentence[before[-1].end() : verb.start()])
    ):
        return _plain(before[-1][0])
    return ""


def _without_title(sentence: str) -> str:
    """The words behind the item's own title, which names departures and elections whatever happened."""
    end = re.search(
        r"(?:certain\s+officers\s*\.?|officers\s*;?\s*compensatory[^.]*\.)", sentence, re.IGNORECASE
    )
    rest = sentence[end.end() :] if end else ""
    return re.sub(
        r"^\W*compensatory\s+arrangements\s+of\s+certain\s+officers\W*", "", rest, flags=re.IGNORECASE
    )


def _plain(office: str) -> str:
    return " ".join(office.split())
