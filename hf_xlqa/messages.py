"""Words that errors and reports of all rooms have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from reprlib import Repr

_LONGEST = 160
_REPR = Repr()
_REPR.maxstring = _REPR.maxother = _LONGEST


def check_choice(name: str, value: str, valid: Collection[str]) -> None:
    """Refuse a value of an argument that is not one of the valid ones.

    Raises:
        ValueError: lists the valid ones.
    """
    if value not in valid:
        raise ValueError(f"`{name}` must be one of {', '.join(valid)}, but is {shown(value)} instead.")


def check_counts(**counts: int | None) -> None:
    """Refuse arguments below 1, by their names; None is none.

    Raises:
        ValueError: with the first of them.
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"`{name}` must be 1 or more, but is {count} instead.")


def first_few(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, with dots where there are more.

    >>> first_few(["a", "b", "c", "d"]), first_few(["a", "b"])
    ('a, b, c, ...', 'a, b')
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def named(text: str) -> str:
    """A name that a file holds as reports show it: as it is, or as `shown` does where it is long or not for print.

    >>> named("5f8d"), named("a\\n")
    ('5f8d', "'a\\\\n'")
    """
    return text if len(text) <= _LONGEST and text.isprintable() else shown(text)


def shown(value: object) -> str:
    """A value that a file holds as messages show it: its `repr` in one line, but never long, whatever the file holds.

    >>> shown("a" * 1000)[-6:], shown([[[]]])
    ("aaaaa'", '[[[]]]')
    """
    text = _REPR.repr(value)
    half = (_LONGEST - len("...")) // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}...{text[-half:]}"
