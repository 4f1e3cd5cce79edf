"""From facts to sentences: the templates of one language (`en.json`, `zh.json` ...) and how its words join.

A template is words and `{slots}` separated by blanks. A word that begins with `+` is written onto the word before
it, one of the form `+은/는` is a Korean particle chosen by the final sound of the word before it. The slots are
`{sub}` (the subject, a pronoun or a name), `{name}` (the subject by name), `{place}`, `{year}` and `{person}`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hf_xlqa.corpora.sample.biographies import Biography, Fact, Person
from hf_xlqa.corpora.sample.names import Name
from hf_xlqa.messages import check_choice

LANGUAGES = ("en", "zh", "ja", "ko", "de", "hi")
PUNCTUATION = frozenset(".,?。，？、।")
_PRONOUN_RATE = 0.6
_HANGUL, _FINALS = range(0xAC00, 0xD7A4), 28


@dataclass(frozen=True, slots=True)
class Text:
    """A written text and the offsets of what fills each slot.

    `spans` maps (relation, slot) to [start, end) in code points.
    """

    text: str
    spans: Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The templates of one language and the facts about its writing that they need."""

    language: str
    separator: str
    name_separator: str
    pronouns: Mapping[str, str]
    fusions: Mapping[str, str]
    statements: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, tuple[str, ...]]

    def name(self, filler: Name | Person | int) -> str:
        """A place, a full name or a year as it is written in this language."""
        if isinstance(filler, Person):
            return self.name_separator.join(part.written(self.language) for part in (filler.given, filler.surname))
        return filler.written(self.language) if isinstance(filler, Name) else str(filler)

    def vocabulary(self) -> list[str]:
        """The words of the templates, pronouns and fused forms, each also as it begins a sentence."""
        templates = [*self.statements.values(), *self.questions.values()]
        words = [word for texts in templates for text in texts for word in text.split() if not word.startswith("{")]
        words = [form for word in words for form in word.removeprefix("+").split("/")]
        words += [*self.pronouns.values(), *self.fusions.values()]
        return list(dict.fromkeys(form for word in words for form in (word, word[:1].upper() + word[1:])))

    def paragraph(self, told: Biography, rng: random.Random) -> Text:
        """The facts in their order, one sentence each, paraphrases chosen at random."""
        sentences = [self.statement(told, fact, rng, first=fact is told.facts[0]) for fact in told.facts]
        return join_texts(sentences, self.separator)

    def statement(self, told: Biography, fact: Fact, rng: random.Random, *, first: bool) -> Text:
        """One sentence; the first of a paragraph has the full name, later ones a pronoun or the surname."""
        name = self.name(told.subject) if first else told.subject.surname.written(self.language)
        pronoun = not first and rng.random() < _PRONOUN_RATE
        slots = {"name": name, "sub": self.pronouns[told.subject.gender] if pronoun else name}
        return self._write(rng.choice(self.statements[fact.relation]), slots, fact)

    def question(self, told: Biography, fact: Fact, slot: str, rng: random.Random) -> Text:
        """A question for one slot of a fact, with the full name of the subject."""
        template = rng.choice(self.questions[f"{fact.relation}.{slot}"])
        return self._write(template, {"name": self.name(told.subject)}, fact)

    def _write(self, template: str, slots: Mapping[str, str], fact: Fact) -> Text:
        fillers = {**slots, **{slot: self.name(filler) for slot, filler in fact.fillers.items()}}
        text, spans = "", dict[tuple[str, str], tuple[int, int]]()
        for slot, word in self._fused([_filled(word, fillers) for word in template.split()]):
            word = attached(word, text, self.separator)
            text += word
            if slot in fact.fillers:
                spans[fact.relation, slot] = (len(text) - len(word.lstrip()), len(text))
        return Text(text[:1].upper() + text[1:], spans)

    def _fused(self, words: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """The words with a pronoun and its case marker written as one: "वे ने" is "उन्होंने"."""
        skip = False
        for (slot, word), (_, following) in zip(words, [*words[1:], ("", "")], strict=True):
            fusion = self.fusions.get(f"{word} {following}")
            if not skip:
                yield slot, fusion or word
            skip = fusion is not None


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language of the sample.

    Raises:
        ValueError: when the sample does not have the language.
    """
    check_choice("language", language, LANGUAGES)
    fields = json.loads((Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8"))
    return Grammar(language=language, **fields)


def join_texts(texts: list[Text], separator: str) -> Text:
    """Sentences one after the other, their offsets moved along."""
    text, spans = "", dict[tuple[str, str], tuple[int, int]]()
    for part in texts:
        text += separator if text else ""
        spans |= {key: (start + len(text), end + len(text)) for key, (start, end) in part.spans.items()}
        text += part.text
    return Text(text, spans)


def attached(word: str, before: str, separator: str) -> str:
    """A template word as it follows the text before it: with its blank or without, its particle chosen.

    >>> attached("+은/는", "벨린", " "), attached("+은/는", "안나", " "), attached("born", "was", " ")
    ('은', '는', ' born')
    """
    if word.startswith("+"):
        after_consonant, *after_vowel = word[1:].split("/")
        return after_vowel[0] if after_vowel and not _ends_in_consonant(before) else after_consonant
    return word if word in PUNCTUATION or not before else separator + word


def _ends_in_consonant(text: str) -> bool:
    return ord(text[-1]) in _HANGUL and (ord(text[-1]) - _HANGUL.start) % _FINALS != 0


def _filled(word: str, fillers: Mapping[str, str]) -> tuple[str, str]:
    """The slot a template word names, or "", and the word with its slot filled."""
    slot = word[1:-1] if word.startswith("{") else ""
    return slot, fillers[slot] if slot else word
