"""One table of frozen word vectors for all languages of a corpus, bilingual by dictionary (Lee & Lee 2019)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from safetensors.numpy import load_file, save_file

from hf_xlqa.models.tokenization_qanet import SPECIAL_WORDS, UNK
from hf_xlqa.translation.dictionaries import BilingualDictionary
from hf_xlqa.word_vectors.vectors import FloatArray, Vectors
from hf_xlqa.word_vectors.vocabulary import Vocabulary

OutOfDictionary = Literal["own", "unk"]
TABLE_FILE = "word_vectors.safetensors"
_TENSOR = "word_vectors"
_UNK = SPECIAL_WORDS.index(UNK)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the vectors of one language's words come from.

    Args:
        own: words with their own vector.
        translated: words with the vector of a translation.
        unknown: words with the vector of [UNK].
        unknown_share: share of the unknown ones among the running words of the language, in [0, 1].
    """

    own: int
    translated: int
    unknown: int
    unknown_share: float


@dataclass(frozen=True)
class WordTable:
    """Vectors of all word ids.

    Args:
        matrix: (words, dimension) float32, in the order of the tokenizer's ids. [PAD] and [SEP], which are
            in no text, are zero; [UNK] is the mean of the vectors that were found.
        coverage: by language.
    """

    matrix: FloatArray
    coverage: Mapping[str, Coverage]

    def save(self, folder: str | Path) -> Path:
        """Write `word_vectors.safetensors` into the folder of a checkpoint."""
        path = Path(folder) / TABLE_FILE
        save_file({_TENSOR: np.ascontiguousarray(self.matrix)}, path)
        return path

    def __str__(self) -> str:
        """One line a language."""
        return "\n".join(
            f"{language}: {each.own:,} own, {each.translated:,} by dictionary, {each.unknown:,} unknown words "
            f"({each.unknown_share:.1%} of running words)"
            for language, each in self.coverage.items()
        )


def load_table(folder: str | Path) -> FloatArray:
    """The matrix that `WordTable.save` wrote, (words, dimension) float32.

    Raises:
        FileNotFoundError: when the folder has none.
    """
    matrix: FloatArray = load_file(Path(folder) / TABLE_FILE)[_TENSOR]
    return matrix


def build_table(
    vocabulary: Vocabulary,
    vectors: Mapping[str, Vectors],
    *,
    target_language: str | None = None,
    dictionaries: Iterable[BilingualDictionary] = (),
    oov: OutOfDictionary = "own",
) -> WordTable:
    """Lay the vectors of all words into one table.

    Every word is of the language in which it is most frequent. Without dictionaries it has the vector of
    that language. With a dictionary from its language it takes the target language's vector of its
    translation, the first that has one (Lee & Lee 2019, bilingual word vectors).

    Args:
        vocabulary: the words.
        vectors: of each language; that of a language with a dictionary may be missing with `oov="unk"`.
        target_language: the language in whose space translated words are put.
        dictionaries: from other languages of the corpus into `target_language`.
        oov: what a word without translation has: its "own" vector or that of [UNK] ("unk").

    Raises:
        ValueError: when `oov` is unknown, vectors of a language are missing or of another width, a
            dictionary is of other languages or translates no word, or no word has a vector.
    """
    if oov not in ("own", "unk"):
        raise ValueError(f'`oov` must be "own" or "unk", but is {oov!r} instead.')
    by_source = {dictionary.source_language: dictionary for dictionary in dictionaries}
    _check_dictionaries(by_source.values(), vocabulary, target_language)
    spare = set(by_source) if oov == "unk" else set()
    _check_vectors(vectors, {*vocabulary.languages, *({target_language} if by_source else ())} - spare)
    matrix = np.zeros((len(SPECIAL_WORDS) + len(vocabulary.words), next(iter(vectors.values())).dimension), np.float32)
    sources = {}
    for row, (word, language) in enumerate(vocabulary.home.items(), start=len(SPECIAL_WORDS)):
        found, sources[word] = None, "translated"
        if language in by_source:
            found = _translated(word, by_source[language], vectors[str(target_language)])
        if found is None and language not in spare:
            found, sources[word] = vectors[language].find(word), "own"
        if found is None:
            sources[word] = "unknown"
        else:
            matrix[row] = found
    _fill_unknown(matrix, [source == "unknown" for source in sources.values()])
    coverage = {code: _coverage(vocabulary, code, sources) for code in vocabulary.languages}
    _check_translated(by_source.values(), coverage)
    return WordTable(matrix, coverage)


def _translated(word: str, dictionary: BilingualDictionary, vectors: Vectors) -> FloatArray | None:
    found = (vectors.find(translation) for translation in dictionary.translations(word))
    return next((vector for vector in found if vector is not None), None)


def _fill_unknown(matrix: FloatArray, unknown: list[bool]) -> None:
    """Give [UNK] and the words without a vector theirs."""
    first = len(SPECIAL_WORDS)
    missing = np.array(unknown, np.bool_)
    if missing.all():
        raise ValueError("`vectors` must have a vector of one word of the corpus or more, but have none instead.")
    matrix[_UNK] = matrix[first:][~missing].mean(axis=0)
    matrix[first:][missing] = matrix[_UNK]


def _coverage(vocabulary: Vocabulary, language: str, sources: Mapping[str, str]) -> Coverage:
    of_language = [word for word, home in vocabulary.home.items() if home == language]
    numbers = {name: sum(sources[word] == name for word in of_language) for name in ("own", "translated", "unknown")}
    running = vocabulary.counts[language]
    unknown = sum(count for word, count in running.items() if sources.get(word, "unknown") == "unknown")
    return Coverage(**numbers, unknown_share=unknown / max(1, sum(running.values())))


def _check_vectors(vectors: Mapping[str, Vectors], needed: set[str | None]) -> None:
    missing = sorted(str(language) for language in needed if language not in vectors)
    if missing:
        raise ValueError(f"`vectors` must have those of {', '.join(missing)}, but have {', '.join(vectors)} instead.")
    widths = {language: each.dimension for language, each in vectors.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(f"`vectors` must be of one width, but are of {widths} instead.")


def _check_dictionaries(
    dictionaries: Iterable[BilingualDictionary], vocabulary: Vocabulary, target_language: str | None
) -> None:
    for each in dictionaries:
        sources = [language for language in vocabulary.languages if language != target_language]
        if each.target_language != target_language or each.source_language not in sources:
            raise ValueError(
                f"`dictionaries` must be from {', '.join(sources) or 'another language'} into {target_language!r} "
                f"(`target_language`), but are from {each.source_language!r} into {each.target_language!r} instead."
            )


def _check_translated(dictionaries: Iterable[BilingualDictionary], coverage: Mapping[str, Coverage]) -> None:
    for each in dictionaries:
        if not coverage[each.source_language].translated:
            raise ValueError(
                f"`dictionaries` must give one word of {each.source_language} or more a translation that has a "
                f"vector, but that into {each.target_language}, of {len(each.entries)} words, gives none instead."
            )
