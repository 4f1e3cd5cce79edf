"""The GNMT baseline: passage and question translated, answered in the source language, the answer translated back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Protocol

from hf_xlqa.schema import Example, Prediction
from hf_xlqa.text import primary_language
from hf_xlqa.transforms.transform import Dropped
from hf_xlqa.transforms.translate import Translate
from hf_xlqa.translation.backend import TranslationError, Translator, innermost, translate_checked
from hf_xlqa.translation.parallel_files import ParallelFiles

BLANK_CONTEXT, NO_ANSWER = "blank context", "no answer in the source language"
_IDS_SHOWN = 5


class Answering(Protocol):
    """Anything that answers examples."""

    def answer(self, examples: Sequence[Example]) -> Sequence[Prediction]:
        """The answer to each example, in the order of the examples."""


@dataclass(frozen=True, slots=True)
class TranslatedAnswer:
    """What the pipeline gives for one example.

    Args:
        example: as it was asked, in the target language.
        text: the answer translated back (A_trans of the paper); "" where there is none.
        source: what the source reader read; None where the example could not be asked.
        source_text: its answer, in the source language.
        fault: why there is no answer, "" where there is one.
    """

    example: Example
    text: str = ""
    source: Example | None = None
    source_text: str = ""
    fault: str = ""


class BackTranslation:
    """Answers in the target language by way of a reader of the source language (Cui et al. 2019, section 3.1).

    The paper calls the language of the questions the target and that of the reader the source. Golds of the
    examples are shown to nobody. Passages and questions of `ParallelFiles` are taken by id.

    Args:
        translator: of passages and questions, from the target into the source language.
        reader: answers in the source language.
        back_translator: of answers, from the source into the target language.
        by_sentence: whether the translator is handed sentences or whole passages.
        batch_size: examples that are translated, answered and translated back at a time.

    Raises:
        ValueError: when the back translator does not lead back, or `batch_size` is not positive.
    """

    def __init__(
        self,
        translator: Translator,
        reader: Answering,
        back_translator: Translator,
        *,
        by_sentence: bool = True,
        batch_size: int = 512,
    ) -> None:
        _check_direction(translator, back_translator)
        if batch_size < 1:
            raise ValueError(f"`batch_size` must be positive, but is {batch_size} instead.")
        self.translator = translator
        self.reader = reader
        self.back_translator = back_translator
        self.batch_size = batch_size
        given = isinstance(innermost(translator), ParallelFiles)
        self._translate = Translate(
            translator=translator, recovery="given" if given else "fuzzy", by_sentence=by_sentence
        )

    @property
    def translators(self) -> tuple[str, str]:
        """The names of both translators, there and back."""
        return self.translator.name, self.back_translator.name

    def __call__(self, examples: Iterable[Example]) -> Iterator[TranslatedAnswer]:
        """The answer to each example, in the order of the examples, a batch at a time.

        Raises:
            ValueError: when an example is not in the translator's language, or the reader does not answer
                each example in its place.
            TranslationError: when a translator fails; names the examples.
        """
        rest = iter(examples)
        while batch := list(islice(rest, self.batch_size)):
            yield from self._answer(batch)

    def _answer(self, examples: Sequence[Example]) -> Iterator[TranslatedAnswer]:
        asked = {row: example for row, example in enumerate(examples) if example.context.strip()}
        translated = dict(zip(asked, self._translated(list(asked.values())), strict=True))
        sources = {row: each for row, each in translated.items() if isinstance(each, Example)}
        predictions = answers_of(self.reader, list(sources.values()))
        texts = dict(zip(sources, (each.text for each in predictions), strict=True))
        answered = {row: text for row, text in texts.items() if text.strip()}
        back = dict(zip(answered, self._translated_back(sources, answered), strict=True))
        for row, example in enumerate(examples):
            found = translated.get(row)
            if isinstance(found, Example):
                fault = "" if row in back else NO_ANSWER
                yield TranslatedAnswer(example, back.get(row, ""), found, texts[row], fault)
            else:
                yield TranslatedAnswer(example, fault=BLANK_CONTEXT if found is None else found.reason)

    def _translated(self, examples: Sequence[Example]) -> list[Example | Dropped]:
        bare = [replace(example, answers=()) for example in examples]
        with _named(bare, "translated into " + self.translator.target_language):
            self._translate.prepare(bare)
            outcomes = [self._translate(example, Random(0)) for example in bare]
        return [replace(each, answers=()) if isinstance(each, Example) else each for each in outcomes]

    def _translated_back(self, sources: Mapping[int, Example], answers: Mapping[int, str]) -> list[str]:
        texts = [text.strip() for text in answers.values()]
        wanted = list(dict.fromkeys(texts))
        examples = [sources[row] for row in answers]
        with _named(examples, "answered in " + self.back_translator.target_language, texts):
            found = dict(zip(wanted, translate_checked(self.back_translator, wanted), strict=True))
        return [found[text].strip() for text in texts]


def answers_of(reader: Answering, examples: Sequence[Example]) -> Sequence[Prediction]:
    """The predictions of a reader, one for each example and in their order.

    Raises:
        ValueError: when they are not.
    """
    predictions = reader.answer(examples) if examples else []
    asked, answered = [each.id for each in examples], [each.id for each in predictions]
    if asked != answered:
        differ = next((pair for pair in zip(asked, answered, strict=False) if pair[0] != pair[1]), None)
        found = f"{differ[1]!r} in the place of {differ[0]!r}" if differ else f"{len(answered)} of {len(asked)}"
        raise ValueError(f"`reader` must answer each example in its place, but answers {found} instead.")
    return predictions


def shown(ids: Sequence[str]) -> str:
    """How many ids, and the first of them, for messages."""
    return f"{len(ids)} ({', '.join(map(repr, ids[:_IDS_SHOWN]))}{', ...' if len(ids) > _IDS_SHOWN else ''})"


@contextmanager
def _named(examples: Sequence[Example], done: str, texts: Sequence[str] = ()) -> Iterator[None]:
    """Name the examples, and what to do, where a translator fails.

    Args:
        examples: those that are translated.
        done: what becomes of them.
        texts: the text that is translated of each; without, errors of translation name their examples themselves.
    """
    failed: Sequence[str] = ()
    try:
        yield
    except (TranslationError, RuntimeError, OSError) as error:
        if isinstance(error, TranslationError):
            if not texts:
                raise
            failed = error.texts
        at_fault = [each.id for each, text in zip(examples, texts, strict=False) if text in failed]
        ids = at_fault or [each.id for each in examples]
        raise TranslationError(
            f"{shown(ids)} of {len(examples)} examples cannot be {done}: {error} "
            "Leave them out or remove the cause, and run again: what a `CachedTranslator` has translated is kept.",
            failed,
        ) from error


def _check_direction(translator: Translator, back_translator: Translator) -> None:
    there = [primary_language(each) for each in (translator.source_language, translator.target_language)]
    back = [primary_language(each) for each in (back_translator.source_language, back_translator.target_language)]
    if there != back[::-1]:
        raise ValueError(
            f"`back_translator` must lead from {there[1]} to {there[0]}, as `translator` leads from {there[0]} to "
            f"{there[1]}, but leads from {back[0]} to {back[1]} instead."
        )
