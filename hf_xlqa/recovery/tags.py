"""Pseudo-HTML tags around an answer, which a translator carries over to its translation.

`mark` puts them there before translating, `unmark` takes them off the translation, and `find_tagged`
says where the tagged span is in a context that was translated without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, proportional_position
from hf_xlqa.text import is_unspaced

_OPENING = r"(?:[<＜〈《]|&\s*lt\s*;)"
_CLOSING = r"(?:[>＞〉》]|&\s*gt\s*;)"
_FOLLOWED_BY_BLANKS = frozenset(",;:.!?")
_SLASH = r"\s*[/／\\]?\s*"


@dataclass(frozen=True, slots=True)
class Marked:
    """A context with tags around an answer.

    Args:
        text: what is translated.
        tag: name of the tags, which the context itself does not hold.
    """

    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A translation without its tags.

    Args:
        context: the text, all tags taken off.
        start: first code point of the span between them; None where it is not known.
        end: first code point after it; None where it is not known.
        fault: why the span is not known, "" where it is.
    """

    context: str
    start: int | None = None
    end: int | None = None
    fault: str = ""

    @property
    def answer(self) -> str:
        """The text between the tags, "" where it is not known."""
        return "" if self.start is None else self.context[self.start : self.end]


def mark(context: str, start: int, end: int) -> Marked:
    """Puts tags around `context[start:end]` without its outer blanks (Bornea et al. 2021, section 3.1).

    The name is the shortest of a, aa, aaa, ... that the context itself has no tag of, so that contexts
    about mark-up are safe.

    Raises:
        ValueError: when the span holds nothing but blanks or is not within the context.
    """
    answer = context[start:end]
    if not (0 <= start < end <= len(context) and answer.strip()):
        raise ValueError(
            f"`context[start:end]` must hold a character that is not blank, but is {answer!r} "
            f"at [{start}, {end}) of {len(context)} instead."
        )
    start += len(answer) - len(answer.lstrip())
    end = start + len(answer.strip())
    tag = next(name for name in ("a" * length for length in count(1)) if not _single_tag(name).search(context))
    return Marked(f"{context[:start]}<{tag}>{context[start:end]}</{tag}>{context[end:]}", tag)


def unmark(translation: str, tag: str) -> Unmarked:
    """Takes the tags of `mark` off a translation.

    Tags count in either case, with blanks in and around them, in full-width and CJK brackets, escaped as
    HTML and without their slash. Two of them hold the answer, in whichever order they stand. Tags with
    nothing but blanks between them count once, and of several pairs around the same text the first counts.

    Args:
        translation: translation of a `Marked.text`.
        tag: its `Marked.tag`.

    Returns:
        The text without tags, and the span without outer blanks or its fault: "both tags lost", "one tag
        lost", "nothing between the tags" or "tags around several texts".
    """
    text, at = "", 0
    edges: list[int] = []
    for tags in _tags(tag).finditer(translation):
        opens = len(edges) % 2 == 0
        text += translation[at : tags.start()]
        blank = _blank_left(translation, tags, opens=opens)
        edges.append(len(text) + (len(blank) if opens else 0))
        text += blank
        at = tags.end()
    context = text + translation[at:]
    texts = {context[start:end] for start, end in zip(edges[::2], edges[1::2], strict=False)}
    if fault := _fault(len(_single_tag(tag).findall(translation)), len(edges), len(texts)):
        return Unmarked(context, fault=fault)
    return Unmarked(context, edges[0], edges[1])


def find_tagged(context: str, unmarked: Unmarked) -> Recovery | None:
    """Finds the tagged span in a context.

    Args:
        context: the unmarked translation itself, or the same text as it was translated without tags.
        unmarked: what `unmark` returned.

    Returns:
        The span itself, or else the occurrence of its text in the context that `fuzzy` ranks first with
        the span's proportional position as the hint; None where there is none.
    """
    if unmarked.start is None or unmarked.end is None:
        return None
    if context == unmarked.context:
        return Recovery(unmarked.start, unmarked.end, "tags", 0)
    if unmarked.answer not in context:
        return None
    found = fuzzy(context, unmarked.answer, proportional_position(unmarked.context, unmarked.start), whole_words=True)
    return found and replace(found, method="tags")


def _fault(tags: int, places: int, texts: int) -> str:
    """What is wrong with that many tags, in that many places, with that many different texts between them."""
    if tags < 2:
        return ("both tags lost", "one tag lost")[tags]
    if places == 1:
        return "nothing between the tags"
    return "" if places % 2 == 0 and texts == 1 else "tags around several texts"


def _blank_left(translation: str, tags: re.Match[str], *, opens: bool) -> str:
    """What stays of the blanks around tags: those outside the span, else those inside that part it from a word."""
    if opens:
        outer, inner, neighbour = tags["before"], tags["after"], translation[: tags.start()][-1:]
    else:
        outer, inner, neighbour = tags["after"], tags["before"], translation[tags.end() :][:1]
    parts = neighbour.isalnum() and not is_unspaced(neighbour)
    return outer or (inner if parts or (opens and neighbour in _FOLLOWED_BY_BLANKS) else "")


@lru_cache(maxsize=64)
def _single_tag(name: str) -> re.Pattern[str]:
    return re.compile(f"{_OPENING}{_SLASH}[aａ]{{{len(name)}}}{_SLASH}{_CLOSING}", re.IGNORECASE)


@lru_cache(maxsize=64)
def _tags(name: str) -> re.Pattern[str]:
    """Matches tags that only blanks separate, and the blanks around them."""
    tag = _single_tag(name).pattern
    return re.compile(rf"(?P<before>\s*){tag}(?:\s*{tag})*(?P<after>\s*)", re.IGNORECASE)
