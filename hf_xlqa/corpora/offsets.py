"""Why a gold does not stand where its offset says, and where it may safely be put."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hf_xlqa.corpora.findings import Cause
from hf_xlqa.messages import shown
from hf_xlqa.schema import Answer

_SPREADSHEET_NUMBER = re.compile(r"\d+\.0")


@dataclass(frozen=True, slots=True)
class Location:
    """What became of a misplaced gold.

    Args:
        cause: why it is not at its offset.
        detail: where the gold is, in words.
        repair: the gold in its right place; None where no repair is safe.
    """

    cause: Cause
    detail: str
    repair: Answer | None = None


def explain(context: str, text: str, offset: int) -> Location:
    """Explains why `context[offset:offset + len(text)]` is not `text`, a gold of at least one non-blank.

    What the offset may have meant comes first, then where else in the context the text stands, then
    what resembles it. Safe repairs are a UTF-16 count, a shift over blanks and a unique occurrence.
    """
    at_offset = _AT_OFFSET if offset >= 0 else ()
    for test in (*at_offset, *_ANYWHERE):
        if location := test(context, text, offset):
            return location
    return Location(Cause.ABSENT, "it is not in the context")


def _utf16_count(context: str, text: str, offset: int) -> Location | None:
    before = context.encode("utf-16-le", "surrogatepass")[: 2 * offset]
    start = len(before.decode("utf-16-le", "ignore"))
    if start == offset or not context.startswith(text, start):
        return None
    return Location(Cause.UTF16_COUNT, f"it counts UTF-16 units, {start} in code points", Answer(text, start))


def _outer_blank(context: str, text: str, offset: int) -> Location | None:
    core = text.strip()
    for start in (offset, offset + _leading_blanks(text), offset + _leading_blanks(context[offset:])):
        if context.startswith(core, start):
            return Location(Cause.OUTER_BLANK, f"without outer blanks it is at {start}", Answer(core, start))
    return None


def _leading_blanks(text: str) -> int:
    return len(text) - len(text.lstrip())


def _case_at_offset(context: str, text: str, offset: int) -> Location | None:
    found = context[offset : offset + len(text)]
    if found.casefold() != text.casefold():
        return None
    return Location(Cause.CASE_DIFFERENCE, f"there stands {shown(found)}")


def _blanks_at_offset(context: str, text: str, offset: int) -> Location | None:
    found = _any_blanks(text).match(context, min(offset, len(context)))
    return Location(Cause.BLANK_DIFFERENCE, f"there stands {shown(found.group())}") if found else None


def _other_occurrence(context: str, text: str, offset: int) -> Location | None:
    starts = list(_occurrences(context, text))
    if len(starts) == 1:
        return Location(Cause.OTHER_OCCURRENCE, f"it stands at {starts[0]} only", Answer(text, starts[0]))
    listed = ", ".join(map(str, starts[:5]))
    return Location(Cause.OTHER_OCCURRENCE, f"it stands {len(starts)} times, at {listed}") if starts else None


def _occurrences(context: str, text: str) -> Iterator[int]:
    at = context.find(text)
    while at >= 0:
        yield at
        at = context.find(text, at + 1)


def _case_anywhere(context: str, text: str, _: int) -> Location | None:
    found = re.search(re.escape(text), context, re.IGNORECASE)
    return Location(Cause.CASE_DIFFERENCE, f"at {found.start()} stands {shown(found.group())}") if found else None


def _blanks_anywhere(context: str, text: str, _: int) -> Location | None:
    found = _any_blanks(text).search(context)
    return Location(Cause.BLANK_DIFFERENCE, f"at {found.start()} stands {shown(found.group())}") if found else None


def _any_blanks(text: str) -> re.Pattern[str]:
    """Matches the text with any run of blanks, U+00A0 among them, for each of its runs."""
    return re.compile(r"\s+".join(map(re.escape, text.split())))


def _normalisation(context: str, text: str, _: int) -> Location | None:
    if unicodedata.normalize("NFC", text) not in unicodedata.normalize("NFC", context):
        return None
    return Location(Cause.NORMALISATION, "it is in the context in another Unicode normalisation")


def _spreadsheet_number(context: str, text: str, _: int) -> Location | None:
    if not _SPREADSHEET_NUMBER.fullmatch(text):
        return None
    return Location(Cause.SPREADSHEET_NUMBER, "it is not in the context, and its .0 comes from a spreadsheet")


_Test = Callable[[str, str, int], Location | None]
_AT_OFFSET: tuple[_Test, ...] = (_utf16_count, _outer_blank, _case_at_offset, _blanks_at_offset)
_ANYWHERE: tuple[_Test, ...] = (
    _other_occurrence,
    _case_anywhere,
    _blanks_anywhere,
    _normalisation,
    _spreadsheet_number,
)
