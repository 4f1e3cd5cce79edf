"""The GNMT baseline: passage and question translated, answered in the source language, the answer translated back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from hf_xlqa.messages import first_few
from hf_xlqa.reading import Reader
from hf_xlqa.recovery.recovery import proportional_position
from hf_xlqa.schema import Example, Prediction
from hf_xlqa.text import primary_language
from hf_xlqa.translated_examples import translate_examples
from hf_xlqa.translation.backend import TranslationError, Translator, translate_checked

BLANK_CONTEXT, NO_TRANSLATION, NO_ANSWER = "blank context", "no translation", "no answer in the source language"
_IDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TranslatedAnswer:
    """What the pipeline gives for one example.

    Args:
        example: as it was asked, in the target language.
        text: the answer translated back (A_trans of the paper); "" where there is none.
        source: what the source reader read; None where the example could not be asked.
        source_text: its answer, in the source language.
        position: where that answer begins, as a share of the translated passage in [0, 1]; None without a span.
        fault: why there is no answer, "" where there is one.
    """

    example: Example
    text: str = ""
    source: Example | None = None
    source_text: str = ""
    position: float | None = None
    fault: str = ""


class BackTranslation:
    """Answers in the target language by way of a reader of the source language (Cui et al. 2019, section 3.1).

    The paper calls the language of the questions the target and that of the reader the source. Golds of the
    examples are shown to nobody. Passages and questions of `ParallelFiles` are taken by id.

    Args:
        translator: of passages and questions, from the target into the source language, sentence by sentence.
        reader: answers in the source language.
        back_translator: of answers, from the source into the target language.
        batch_size: examples that are translated, answered and translated back at a time.

    Raises:
        ValueError: when the back translator does not lead back, or `batch_size` is not positive.
    """

    def __init__(
        self, translator: Translator, reader: Reader, back_translator: Translator, *, batch_size: int = 512
    ) -> None:
        _check_direction(translator, back_translator)
        if batch_size < 1:
            raise ValueError(f"`batch_size` must be positive, but is {batch_size} instead.")
        self.translator = translator
        self.reader = reader
        self.back_translator = back_translator
        self.batch_size = batch_size

    @property
    def translations(self) -> dict[str, str]:
        """The names of the translators by the language they translate into."""
        both = (self.translator, self.back_translator)
        return {translator.target_language: translator.name for translator in both}

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
        translated = dict(zip(asked, translate_examples(list(asked.values()), self.translator), strict=True))
        sources = {row: each for row, each in translated.items() if each is not None}
        read = dict(zip(sources, answers_of(self.reader, list(sources.values())), strict=True))
        answered = {row: each.text.strip() for row, each in read.items() if each.text.strip()}
        back = dict(zip(answered, self._translated_back(sources, answered), strict=True))
        for row, example in enumerate(examples):
            if row in sources:
                fault = "" if row in back else NO_ANSWER
                position = _position(sources[row].context, read[row])
                yield TranslatedAnswer(example, back.get(row, ""), sources[row], read[row].text, position, fault)
            else:
                yield TranslatedAnswer(example, fault=NO_TRANSLATION if row in asked else BLANK_CONTEXT)

    def _translated_back(self, sources: Mapping[int, Example], answers: Mapping[int, str]) -> list[str]:
        wanted = list(dict.fromkeys(answers.values()))
        try:
            found = dict(zip(wanted, translate_checked(self.back_translator, wanted), strict=True))
        except Exception as error:
            failed = error.texts if isinstance(error, TranslationError) else ()
            ids = [sources[row].id for row, text in answers.items() if text in failed or not failed]
            raise TranslationError(
                f"`back_translator` must translate the answers, but fails at {shown(ids)} of {len(answers)} examples "
                f"instead: {error} Leave them out or mend the translator, and run again; a `CachedTranslator` keeps "
                "what it has done.",
                failed,
            ) from error
        return [found[text].strip() for text in answers.values()]


def answers_of(reader: Reader, examples: Sequence[Example]) -> Sequence[Prediction]:
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


def _position(context: str, prediction: Prediction) -> float | None:
    return proportional_position(context, prediction.spans[0].start) if prediction.spans else None


def shown(ids: Sequence[str]) -> str:
    """How many ids, and the first of them, for messages."""
    return f"{len(ids)} ({first_few([*map(repr, ids)], _IDS_SHOWN)})"


def _check_direction(translator: Translator, back_translator: Translator) -> None:
    there = [primary_language(each) for each in (translator.source_language, translator.target_language)]
    back = [primary_language(each) for each in (back_translator.source_language, back_translator.target_language)]
    if there != back[::-1]:
        raise ValueError(
            f"`back_translator` must lead from {there[1]} to {there[0]}, as `translator` leads from {there[0]} to "
            f"{there[1]}, but leads from {back[0]} to {back[1]} instead."
        )
