"""The words and characters of a corpus, counted in each of its languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hf_xlqa.messages import check_counts
from hf_xlqa.models.qanet_words import word_forms, word_spans
from hf_xlqa.models.tokenization_qanet import QANetTokenizer
from hf_xlqa.schema import Example
from hf_xlqa.translation.dictionaries import BilingualDictionary


@dataclass(frozen=True)
class Vocabulary:
    """Words and characters in the order of their ids, the most frequent first.

    Args:
        words: words from id 3 on.
        characters: characters from id 2 on.
        counts: for each language how often each of its words occurs, rare ones included.
    """

    words: tuple[str, ...]
    characters: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages in the order in which the corpus first shows them."""
        return tuple(self.counts)

    @cached_property
    def home(self) -> Mapping[str, str]:
        """The language of each word: that in which it is most frequent, of equals the first."""
        return {word: max(self.languages, key=lambda code: self.counts[code].get(word, 0)) for word in self.words}

    def words_of(self, language: str, dictionaries: Iterable[BilingualDictionary] = ()) -> set[str]:
        """The words whose vectors a table needs from a language, in every form in which they are looked up.

        Args:
            language: a language of the corpus.
            dictionaries: those into this language add the translations of other languages' words.
        """
        needed = [word for word, home in self.home.items() if home == language]
        for dictionary in dictionaries:
            sources = (word for word, home in self.home.items() if home == dictionary.source_language)
            needed += [each for word in sources for each in dictionary.translations(word)]
        return {form for word in needed for form in word_forms(word)}

    def with_words_of(self, examples: Iterable[Example]) -> Vocabulary:
        """This vocabulary and behind it all other words of examples that are answered but not trained on.

        Their vectors are looked up as those of any word. The characters, whose vectors are trained, stay.
        """
        added = _count_words(examples)
        words: Counter[str] = sum(added.values(), Counter())
        for word in self.words:
            words.pop(word, None)
        counts = {
            language: Counter(self.counts.get(language, {})) + added.get(language, Counter())
            for language in dict.fromkeys([*self.counts, *added])
        }
        return Vocabulary(self.words + _frequent(words, 1), self.characters, counts)

    def tokenizer(self, **options: Any) -> QANetTokenizer:
        """The tokenizer of these words; options go to its constructor, e.g. `language`."""
        return QANetTokenizer(
            words=self.words, characters=self.characters, **{"languages": list(self.languages)} | options
        )


def build_vocabulary(
    examples: Iterable[Example], *, min_count: int = 1, min_character_count: int = 1, max_words: int | None = None
) -> Vocabulary:
    """Count the words and characters of a corpus, every distinct context once.

    Args:
        examples: of any languages, read once.
        min_count: least number of occurrences of a word, in all languages together.
        min_character_count: likewise of a character.
        max_words: greatest number of words, the most frequent.

    Raises:
        ValueError: when a bound is below 1, or there is no word.
    """
    check_counts(min_count=min_count, min_character_count=min_character_count, max_words=max_words)
    counts = _count_words(examples)
    if not any(counts.values()):
        raise ValueError("`examples` must have words, but have none instead.")
    words: Counter[str] = sum(counts.values(), Counter())
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    return Vocabulary(_frequent(words, min_count)[:max_words], _frequent(characters, min_character_count), counts)


def corpus_texts(examples: Iterable[Example]) -> Iterator[tuple[str, str]]:
    """Language and text of every question and of every distinct context."""
    seen: set[int] = set()
    for example in examples:
        yield example.question_language, example.question
        key = hash((example.context_language, example.context))
        if key not in seen:
            seen.add(key)
            yield example.context_language, example.context


def _count_words(examples: Iterable[Example]) -> dict[str, Counter[str]]:
    """How often each word occurs in each language."""
    counts: dict[str, Counter[str]] = {}
    for language, text in corpus_texts(examples):
        counted = counts.setdefault(language, Counter())
        counted.update(text[start:end] for start, end in word_spans(text, language))
    return counts


def _frequent(counts: Mapping[str, int], least: int) -> tuple[str, ...]:
    kept = (entry for entry in counts.items() if entry[1] >= least)
    return tuple(each for each, _ in sorted(kept, key=lambda entry: (-entry[1], entry[0])))
