"""The multi-parallel corpus: the same paragraphs, questions and answers in six languages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from hf_xlqa.corpora.crossing import asked_as
from hf_xlqa.corpora.sample.biographies import Biography, Fact, biography
from hf_xlqa.corpora.sample.grammar import LANGUAGES, Text, grammar
from hf_xlqa.corpora.sample.names import SPLITS, Split
from hf_xlqa.messages import check_choice
from hf_xlqa.schema import Answer, Example, ParallelExample

PIVOT = "en"
CORPUS = "sample"
DEFAULT_PARAGRAPHS = {"train": 1000, "dev": 100, "test": 200}


def sample_parallel(split: Split, *, paragraphs: int | None = None, seed: int = 0) -> list[ParallelExample]:
    """The sample corpus: three questions a paragraph (a place, a year, a person), English with five translations.

    Facts stand in the same order in all languages, as they do in a translation; each language chooses its own
    paraphrases, pronouns and names. Paragraph n is the same however many are asked for.

    Args:
        split: "train", "dev" or "test"; no two share a name, hence no two a fact.
        paragraphs: how many paragraphs; 1,000, 100 and 200 by default.
        seed: another seed gives another corpus from the same names.

    Raises:
        ValueError: when the split is unknown or the number of paragraphs negative.
    """
    check_choice("split", split, SPLITS)
    count = DEFAULT_PARAGRAPHS[split] if paragraphs is None else paragraphs
    if count < 0:
        raise ValueError(f"`paragraphs` must be 0 or more, but is {count} instead.")
    return [example for number in range(count) for example in _paragraph(split, number, seed)]


def sample_examples(
    split: Split, language: str, *, question_language: str | None = None, paragraphs: int | None = None, seed: int = 0
) -> list[Example]:
    """The sample corpus in one language, or with its questions in another; see `sample_parallel`."""
    languages = (language, question_language or language)
    for each in languages:
        grammar(each)
    examples = sample_parallel(split, paragraphs=paragraphs, seed=seed)
    told, asked = ([_in(each, example) for example in examples] for each in languages)
    return [asked_as(*pair) for pair in zip(told, asked, strict=True)]


def question_type(example: Example) -> str:
    """What a question of the sample asks for: "place", "year" or "person".

    Raises:
        ValueError: when the example is not from the sample.
    """
    if example.corpus != CORPUS:
        raise ValueError(
            f"`example` must be from the corpus {CORPUS!r}, but {example.id!r} is from {example.corpus!r} instead."
        )
    return example.parallel_id.rpartition(".")[2]


def _in(language: str, example: ParallelExample) -> Example:
    return example.pivot if language == PIVOT else example.translations[language]


def _paragraph(split: Split, number: int, seed: int) -> Iterator[ParallelExample]:
    rng = random.Random(f"{seed}-{split}-{number}")
    told = biography(split, rng)
    asked = told.asked(rng)
    by_language = {
        language: _examples(
            f"{split}-{number}", language, told, asked, random.Random(f"{seed}-{split}-{number}-{language}")
        )
        for language in LANGUAGES
    }
    pivots = by_language.pop(PIVOT)
    for question, pivot in enumerate(pivots):
        yield ParallelExample(pivot, {language: examples[question] for language, examples in by_language.items()})


def _examples(
    title: str, language: str, told: Biography, asked: Sequence[tuple[Fact, str]], rng: random.Random
) -> list[Example]:
    rules = grammar(language)
    context = rules.paragraph(told, rng)
    return [
        _example(title, fact, slot, context, rules.question(told, fact, slot, rng), language) for fact, slot in asked
    ]


def _example(title: str, fact: Fact, slot: str, context: Text, question: Text, language: str) -> Example:
    start, end = context.spans[fact.relation, slot]
    parallel_id = f"{title}-{fact.relation}.{slot}"
    return Example(
        id=f"{parallel_id}.{language}",
        parallel_id=parallel_id,
        title=title,
        context=context.text,
        question=question.text,
        answers=(Answer(context.text[start:end], start),),
        context_language=language,
        question_language=language,
        corpus=CORPUS,
    )
