"""Names of people in parts."""

import re
from functools import lru_cache
from typing import NamedTuple

from galena.kit.forms.texts import folded

_GROUPS = """
abigail abby abbie gail|albert al bert bertie|alexander alex alec sandy xander|alfred fred alf alfie
|andrew andy drew|anthony tony anton|barbara barb babs barbie|benjamin ben benny benji|bernard bernie
|bradley brad|calvin cal|cameron cam|caroline carolyn carrie carol|catherine katherine kathryn katharine kate katie
 kathy cathy kat kitty|charles charlie chuck chas chip|christopher chris topher kris|christine christina tina chrissy
|clifford cliff|curtis curt|cynthia cindy|daniel dan danny|david dave davey|deborah debra deb debbie|dennis denny
|donald don donnie|dorothy dot dottie dolly|douglas doug|edward ed eddie ted teddy ned|eleanor ellie nell nellie
|elizabeth liz lizzie beth betty betsy eliza libby lisbeth elisabeth|emily em emmy|eugene gene|florence flo
|frances fran frannie|francis frank frankie|franklin|frederick freddie freddy|gabriel gabe|geoffrey jeffrey jeff geoff
|gerald jerry gerry|gregory greg|harold hal harry|henry hank|irene rene|isabella isabel bella izzy|jacob jake
|jacqueline jackie|james jim jimmy jamie|janet jan|jason jay|jennifer jen jenny jenn|jessica jess jessie
|john johnny jack jon jonathan|joseph joe joey|joshua josh|judith judy|kenneth ken kenny|kimberly kim|lawrence larry
 laurence|leonard leo len lenny|leslie les|louis lou louie lewis|lucille lucy|margaret maggie meg peggy marge margie
 greta rita|martin marty|matthew matt|megan meghan|melissa missy mel|michael mike mick mikey mickey micheal
|mitchell mitch|nancy nan|nathaniel nathan nate|nicholas nick nicky nicolas|norman norm|pamela pam|patricia pat patty
 trish tricia|patrick paddy|peter pete|philip phil phillip|raymond ray|rebecca becca becky|richard rick ricky dick rich
 richie|robert bob bobby rob robbie|ronald ron ronnie|russell russ|samuel sam sammy|sandra|sarah sara sally|stephen
 steven steve stevie stephan|stephanie steph|stuart stewart stu|susan sue susie suzanne suzy|terence terry terrence
|theodore theo|theresa teresa tess terri|thomas tom tommy|timothy tim timmy|valerie val|victoria vicky tori vicki
|vincent vince vinny|virginia ginny ginger|walter walt wally|wesley wes|william will bill billy willie liam
|zachary zach zack
"""
_FORMAL = {
    name: names[0]
    for names in (group.split() for group in _GROUPS.replace("\n", " ").split("|"))
    for name in names
}
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "madam", "rev", "hon", "capt", "col", "lt",
     "sgt", "esq", "phd", "md", "dds")
)  # fmt: skip
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "junior", "senior"])
_SAME_SUFFIXES = {"junior": "jr", "senior": "sr"}
_PARTICLES = frozenset(
    ("van", "von", "der", "den", "de", "la", "le", "di", "da", "del", "della", "dos", "du", "el", "al", "bin", "ibn",
     "ter", "ten", "st", "san", "mac", "mc")
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?\Z")


class PersonName(NamedTuple):
    """The parts of a name, folded; "" for what is not there."""

    given: str = ""
    middle: str = ""
    surname: str = ""
    suffix: str = ""


def formal_name(given: str) -> str:
    """The name a nickname stands for: "bob" -> "robert"; a name that is none is its own."""
    return _FORMAL.get(given, given)


def is_usual_given_name(word: str) -> bool:
    """Whether a folded word is one of some hundred usual first names and nicknames."""
    return word in _FORMAL


@lru_cache(maxsize=200_000)
def person_name(text: str) -> PersonName:
    """The parts of a whole name in either order: "Dr. Jane Q. Doe", "Doe, Jane Q." -> jane, q, doe.

    A single word counts as the surname.
    """
    words = text.split()
    if "," not in text and len(words) in (2, 3) and all(_WORD.match(word) for word in words):
        plain = [folded(word) for word in words]
        if not (_TITLES | _SUFFIXES | _PARTICLES).intersection(plain):
            return PersonName(plain[0], " ".join(plain[1:-1]), plain[-1])
    return _parsed(text)


def _parsed(text: str) -> PersonName:
    from nameparser import HumanName

    name = HumanName(text)
    given, surname = folded(name.first), folded(name.last)
    if given and not surname:
        given, surname = "", given
    return PersonName(given, folded(name.middle), surname, suffix_of(name.suffix))


def suffix_of(text: str) -> str:
    """The part of a suffix that tells father from son: jr, sr, ii, iii, iv; "" for titles and degrees."""
    found = next((word for word in folded(text).split() if word in _SUFFIXES), "")
    return _SAME_SUFFIXES.get(found, found)


@lru_cache(maxsize=100_000)
def given_name(text: str) -> str:
    """A first name alone, folded, without titles; what stands behind it is left out: "Mr. Jean-Luc" -> "jean luc"."""
    words = [word for word in folded(text).split() if word not in _TITLES]
    return " ".join(words)


@lru_cache(maxsize=100_000)
def surname(text: str) -> str:
    """A last name alone, folded, without suffixes: "O'Brien, Jr." -> "obrien"."""
    words = folded(text).split()
    kept = [word for word in words if word not in _SUFFIXES]
    return " ".join(kept or words)
