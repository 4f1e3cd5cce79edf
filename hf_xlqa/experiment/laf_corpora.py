"""The corpora of AT and LAF (2020, Table 1) made of the embedded sample, and its G-XLT matrix, as files."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, product
from pathlib import Path
from typing import Any, cast

from hf_xlqa.corpora.crossing import cell_name, cross
from hf_xlqa.corpora.sample import sample_examples, sample_parallel
from hf_xlqa.corpora.sample.dictionary import sample_dictionary
from hf_xlqa.corpora.sample.names import Split
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.schema import Example
from hf_xlqa.transforms.transform import paragraph_rng
from hf_xlqa.transforms.translate import Translate
from hf_xlqa.translation.lexicon import Lexicon

logger = logging.getLogger(__name__)

SOURCE, TRANSLATIONS = "en", ("zh", "ja", "ko", "de", "hi")
LANGUAGES = (SOURCE, *TRANSLATIONS)
PARTS = {"T(Q)": "question", "T(C)": "context", "T(Q+C)": "both"}
"""What is translated for a corpus, by its name in the paper; T(ALL) has all of it."""

_TRAINED, _EVALUATED = "laf", "matrix"


def write_corpora(folder: Path, *, paragraphs: int, translations: str) -> None:
    """Write English and its translations, a file for each part that is translated and each language.

    Args:
        folder: where to.
        paragraphs: of the training split.
        translations: "lexicon" (word by word, answers carried by tags, as dataset_scripts/sample_laf has them) or
            "gold" (the sample's own).
    """
    folder.mkdir(parents=True, exist_ok=True)
    english = sample_examples("train", SOURCE, paragraphs=paragraphs)
    write_squad(_path(folder, "", SOURCE), english)
    for part, language in product(PARTS.values(), TRANSLATIONS):
        if translations == "gold":
            gold = sample_examples("train", language, paragraphs=paragraphs)
            changed = [_gold(*pair, part) for pair in zip(english, gold, strict=True)]
        else:
            changed = list(_word_by_word(english, language, part))
        if lost := len(english) - len(changed):
            logger.warning("%d of %d questions lost their answers (%s in %s)", lost, len(english), part, language)
        write_squad(_path(folder, part, language), changed)


def training_specs(folder: Path, languages: Sequence[str], corpus: str | None) -> list[str]:
    """What `DataArguments.train` names: English, and a corpus in languages.

    Args:
        folder: where `write_corpora` wrote.
        languages: of the translations.
        corpus: of `PARTS`, or "T(ALL)"; None for English alone.
    """
    parts = list(PARTS.values()) if corpus == "T(ALL)" else [PARTS[corpus]] if corpus else []
    specs = [f"{_TRAINED}/{SOURCE}={_path(folder, '', SOURCE)}"]
    for part, language in product(parts, languages):
        context = SOURCE if part == "question" else language
        question = SOURCE if part == "context" else language
        specs.append(f"{cell_name(_TRAINED, context, question)}={_path(folder, part, language)}")
    return specs


def read_matrix(part: Split, questions: int) -> dict[tuple[str, str], list[Example]]:
    """Contexts of every language with questions of every language; a question has one id in all cells.

    Args:
        part: a split of the sample.
        questions: how many, in every cell.

    Raises:
        ValueError: when the split has fewer.
    """
    examples = sample_parallel(part)
    if questions > len(examples):
        raise ValueError(
            f"`questions` must be at most {len(examples)}, those of the sample's {part} split, but is {questions} "
            "instead."
        )
    told: dict[str, list[Example]] = defaultdict(list)
    for example in chain.from_iterable(examples[:questions]):
        told[example.context_language].append(example)
    crossed = cross({language: told[language] for language in LANGUAGES})
    return {pair: [replace(each, id=each.parallel_id) for each in cell] for pair, cell in crossed.items()}


def write_matrix(folder: Path, part: Split, questions: int) -> None:
    """Write `read_matrix`, a file a cell."""
    for pair, cell in read_matrix(part, questions).items():
        write_squad(folder / f"{part}.{'.'.join(pair)}.json", cell)


def matrix_specs(folder: Path, part: str) -> list[str]:
    """What `DataArguments.evaluate` names: every cell."""
    pairs = product(LANGUAGES, LANGUAGES)
    return [f"{cell_name(_EVALUATED, *pair)}={folder / part}.{'.'.join(pair)}.json" for pair in pairs]


def _path(folder: Path, part: str, language: str) -> Path:
    return folder / ".".join(filter(None, ["train", part, language, "json"]))


def _gold(english: Example, other: Example, part: str) -> Example:
    """An English example with a part of its translation in place of its own."""
    asked, told = (other if part in (one, "both") else english for one in ("question", "context"))
    return replace(
        told,
        id=f"{english.id}.{other.context_language}-{part}",
        question=asked.question,
        question_language=asked.question_language,
    )


def _word_by_word(english: Sequence[Example], language: str, part: str) -> Iterator[Example]:
    lexicon = Lexicon(sample_dictionary(SOURCE, language), SOURCE, language)
    translate = Translate(translator=lexicon, part=cast(Any, part), recovery="tags")
    translate.prepare(english)
    for example in english:
        changed = translate(example, paragraph_rng(0, example.context))
        if isinstance(changed, Example):
            yield replace(changed, id=f"{example.id}.{language}-{part}")
