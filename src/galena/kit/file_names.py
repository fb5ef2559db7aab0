"""Names of files as they can be written anywhere."""

from collections.abc import Sequence

LONGEST_NAME = 60
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)))
)
_UNSAFE = frozenset('<>:"|?*')


def safe_name(given: str, longest: int = LONGEST_NAME) -> str:
    """A name without folders, control characters and what turns text around; not hidden, and not too long."""
    plain = given.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in plain if letter.isprintable()).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    name = plain if len(plain) <= longest else f"{stem[: longest - 20]}{dot}{suffix[:19]}"
    return name or "file"


def name_with_suffix(given: str, suffixes: Sequence[str], longest: int = LONGEST_NAME) -> str:
    """The safe name of a file, ending as files of its type do: `offer.exe` of a PDF becomes `offer.pdf`.

    Args:
        suffixes: the endings of the type, the usual one first.
    """
    name = "".join("_" if letter in _UNSAFE else letter for letter in safe_name(given, longest))
    stem, dot, suffix = name.rpartition(".")
    if dot and f".{suffix.lower()}" in suffixes:
        kept = stem.rstrip(" .")
        suffix = f".{suffix.lower()}"
    else:
        # An ending that is not a type's may be a part of the name, as in `offer v1.2`.
        kept = stem.rstrip(" .") if dot and suffix.isalpha() and len(suffix) <= 4 else name
        suffix = suffixes[0]
        if kept.lower().endswith(tuple(suffixes)):
            return kept
    kept = kept or "file"
    return f"_{kept}{suffix}" if kept.lower() in _DEVICES else f"{kept}{suffix}"
