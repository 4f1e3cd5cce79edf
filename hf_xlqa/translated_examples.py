"""What a model that reads translations is given to read: questions and contexts in its other languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from hf_xlqa.schema import Example
from hf_xlqa.text import primary_language
from hf_xlqa.transforms.text_transform import check_language
from hf_xlqa.transforms.translate import Translate
from hf_xlqa.translation.backend import TranslationError, Translator, innermost, shown
from hf_xlqa.translation.parallel_files import ParallelFiles

_UNUSED = Random(0)  # this transform draws nothing


def check_translators(translators: Mapping[str, Translator], languages: Sequence[str]) -> None:
    """Refuse translators that a model has no use for.

    Args:
        translators: by the language they translate into.
        languages: those the model reads.

    Raises:
        ValueError: when one is not in a language of the model or translates into another, or two translate from
            different languages.
    """
    sources = {primary_language(translator.source_language) for translator in translators.values()}
    if len(sources) > 1:
        raise ValueError(f"`translators` must be of one source language, but are of {', '.join(sorted(sources))}.")
    for language, translator in translators.items():
        if language not in languages:
            read = ", ".join(languages) or "none"
            raise ValueError(
                f"`translators` must be into languages that the model reads ({read}), but one is into {language!r} "
                "instead."
            )
        if primary_language(translator.target_language) != primary_language(language):
            raise ValueError(
                f"`translators[{language!r}]` must translate into that language, but translates into "
                f"{translator.target_language!r} instead."
            )


def translate_examples(examples: Sequence[Example], translator: Translator) -> list[Example | None]:
    """Questions and contexts in another language, sentence by sentence; each text is translated once.

    Args:
        examples: all in the translator's language; their golds are left behind.
        translator: any; the files of `ParallelFiles` are joined by `parallel_id`.

    Returns:
        One translation for each example, None where the files have none.

    Raises:
        ValueError: when an example is in another language.
        TranslationError: when the translator fails, whatever it raises; names the example and what may be done.
    """
    for example in examples:
        check_language(example, "both", translator.source_language)
    asked = [replace(example, answers=()) for example in examples]
    given = isinstance(innermost(translator), ParallelFiles)
    translate = Translate(translator=translator, recovery="given" if given else "fuzzy")
    _prepare(translate, asked)
    translated = (translate(example, _UNUSED) for example in asked)
    return [replace(each, answers=()) if isinstance(each, Example) else None for each in translated]


def _prepare(translate: Translate, examples: Sequence[Example]) -> None:
    try:
        translate.prepare(examples)
    except TranslationError:
        raise
    except Exception as error:
        example = _first_that_fails(translate, examples)
        raise TranslationError(
            f"`translate` of {translate.translator.name} must return translations, but raised "
            f"{type(error).__name__}: {error} at example {example.id!r}, {shown(example.context)}; mend the "
            "translator, wrap it in a `CachedTranslator` to keep what it has done, or read without it.",
            [example.question, example.context],
        ) from error


def _first_that_fails(translate: Translate, examples: Sequence[Example]) -> Example:
    """Where a translator fails, found by halving; an example nearby where it does not fail twice."""
    while len(examples) > 1:
        half = len(examples) // 2
        try:
            translate.prepare(examples[:half])
        except Exception:
            examples = examples[:half]
        else:
            examples = examples[half:]
    return examples[0]
