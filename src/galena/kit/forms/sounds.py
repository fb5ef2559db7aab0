"""How a word sounds, roughly: words that sound alike have the same skeleton of consonants."""

import re
from functools import lru_cache

_SPELLINGS = (
    (re.compile("^(kn|gn|pn)"), "n"), (re.compile("^wr"), "r"), (re.compile("^x"), "s"), (re.compile("ph"), "f"),
    (re.compile("sch|tch|ch|sh"), "j"), (re.compile("ck|q"), "k"), (re.compile("c(?=[eiy])"), "s"),
    (re.compile("gh"), ""), (re.compile("dg(?=[eiy])"), "j"), (re.compile("(?<=[aeiouy])h"), ""),
)  # fmt: skip
_CLASSES = str.maketrans("bpfvckgsxzjdtlmnraeiouyhw", "1122333444455" + "6778" + "000000 0")
_RUNS = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """A short key for a folded word; "smith" and "smyth", "stephen" and "steven" share theirs."""
    text = word
    for pattern, sound in _SPELLINGS:
        text = pattern.sub(sound, text)
    if not text:
        return word[:1]
    classes = _RUNS.sub(r"\1", text.translate(_CLASSES))
    first = "a" if text[0] in "aeiouy" else classes[:1]
    return first + classes[1:].replace("0", "").replace(" ", "")[:4]
