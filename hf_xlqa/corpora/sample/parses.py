"""Dependency parses of the English sample, exact because its sentences are those of templates.

`en_parses.json` has every template of `en.json` with what each word is: `form/UPOS/label/head`, and features where
they matter, in Universal Dependencies 2; heads count the words of the template from 1, 0 is the root.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from hf_xlqa.corpora.sample.grammar import PUNCTUATION, grammar
from hf_xlqa.json_record import write_text

LANGUAGE = "en"
"""The language whose sentences have parses."""

_SENTENCE_END = re.compile(r"(?<=[.?]) ")
_NAME, _YEAR = r"\w+(?: \w+)?", r"\d+"


class _Word(NamedTuple):
    """A word of a template; `head` counts from 1."""

    form: str
    upos: str
    label: str
    head: int
    features: str = "_"

    @property
    def is_slot(self) -> bool:
        return self.form.startswith("{")


class _Template(NamedTuple):
    """The words of a template, and what its sentences look like."""

    words: tuple[_Word, ...]
    pattern: re.Pattern[str]


def write_sample_parses(path: Path, texts: Iterable[str]) -> Path:
    """Write the parses of the sentences of texts, each sentence once, as CoNLL-U.

    Args:
        path: where to.
        texts: contexts and questions of the English sample.

    Returns:
        The path.

    Raises:
        ValueError: when a sentence is not one of the English sample.
    """
    sentences = dict.fromkeys(sentence for text in texts for sentence in _SENTENCE_END.split(text))
    write_text(path, "".join(f"{_conllu(sentence)}\n" for sentence in sentences))
    return path


def _conllu(sentence: str) -> str:
    """The lines of a sentence; names of several words are flat, from left to right."""
    for template in _templates():
        if match := template.pattern.fullmatch(sentence):
            break
    else:
        raise ValueError(f"`texts` must be of the English sample, but hold the sentence {sentence!r} instead.")
    forms = [form.split() for form in match.groups()]
    firsts = list(accumulate(map(len, forms), initial=1))
    lines = [f"# text = {sentence}"]
    for word, (form, *others), first in zip(template.words, forms, firsts, strict=False):
        upos = "PRON" if form.lower() in grammar(LANGUAGE).pronouns.values() else word.upos
        head = firsts[word.head - 1] if word.head else 0
        lines.append(_line(first, form, upos, word.features, head, word.label))
        lines += [_line(first + place, other, upos, "_", first, "flat") for place, other in enumerate(others, start=1)]
    return "\n".join(lines) + "\n"


def _line(number: int, form: str, upos: str, features: str, head: int, label: str) -> str:
    return "\t".join([str(number), form, "_", upos, "_", features, str(head), label, "_", "_"])


@cache
def _templates() -> tuple[_Template, ...]:
    rows = json.loads((Path(__file__).parent / f"{LANGUAGE}_parses.json").read_text(encoding="utf-8"))
    return tuple(_template(row) for row in rows)


def _template(row: str) -> _Template:
    words = tuple(_word(*item.split("/")) for item in row.split())
    return _Template(words, re.compile("".join(_patterns(words))))


def _word(form: str, upos: str, label: str, head: str, features: str = "_") -> _Word:
    return _Word(form, upos, label, int(head), features)


def _patterns(words: Iterable[_Word]) -> Iterator[str]:
    """A group a word, with the blank before it."""
    for place, word in enumerate(words):
        blank = " " if place and word.form not in PUNCTUATION else ""
        form = re.escape(word.form)
        if word.is_slot:
            form = _YEAR if word.form == "{year}" else _NAME
        yield f"{blank}({form})"
