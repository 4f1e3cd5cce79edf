"""Bilingual dictionaries of words: MUSE word pairs and CC-CEDICT, and the choice among several translations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from hf_xlqa.messages import shown
from hf_xlqa.text import primary_language

Choice = Literal["first", "random", "most_frequent"]
"""Which of several translations of a word is taken."""
CHOICES: tuple[Choice, ...] = ("first", "random", "most_frequent")

_CEDICT_ENTRY = re.compile(r"(?P<traditional>\S+) (?P<simplified>\S+) \[[^\]]*\] /(?P<glosses>.+)/")
_NO_TRANSLATION = re.compile(
    r"CL:|(?:old |erhua )?variant of |(?:also|Taiwan) pr\b|also written |see |used in |surname |abbr\. |classifier for "
)
_ASIDES = (re.compile(r"\([^)]*\)"), re.compile(r"\[[^\]]*\]"))
_NAMED_PAIR = re.compile(r"([a-z]{2,3})-([a-z]{2,3})")
_SCRIPTS = {
    "ar": "\u0600-\u06ff",
    "el": "\u0370-\u03ff",
    "fa": "\u0600-\u06ff",
    "he": "\u0590-\u05ff",
    "hi": "\u0900-\u097f",
    "ja": "\u3040-\u30ff\u4e00-\u9fff",
    "ko": "\uac00-\ud7a3",
    "ru": "\u0400-\u04ff",
    "th": "\u0e00-\u0e7f",
    "uk": "\u0400-\u04ff",
    "zh": "\u4e00-\u9fff",
}
_LEAST_SHARE = 0.1  # MUSE has names and numbers in Latin script in all its dictionaries
_MOST_DIGITS = 18  # of a count
_CONVERSIONS = {"hans": "t2s", "cn": "t2s", "sg": "t2s", "hant": "s2t", "tw": "s2t", "hk": "s2t", "mo": "s2t"}


class DictionaryError(ValueError):
    """A dictionary cannot be used; the message names the file, the line and the remedy."""


class BilingualDictionary(NamedTuple):
    """Words of one language and their translations into another.

    Args:
        source_language, target_language: codes; "zh-Hans" and "zh-Hant" name a script, "zh" none.
        entries: translations by word, in the order of the file; words in lower case, Chinese ones simplified.
    """

    source_language: str
    target_language: str
    entries: Mapping[str, tuple[str, ...]]

    def translations(self, word: str) -> tuple[str, ...]:
        """The translations of a word in any case or, if it is Chinese, either script; none if it is not there."""
        return self.entries.get(_folded(word, self.source_language), ())


def read_dictionary(path: str | Path, source_language: str, target_language: str) -> BilingualDictionary:
    """Read a dictionary of the form of MUSE, two words a line, or of CC-CEDICT.

    CC-CEDICT serves both directions. From Chinese, glosses are taken without asides in brackets, "to" of
    verbs, measure words and cross-references; into Chinese, glosses of one word are the words. A target of
    "zh-Hans" or "zh-Hant" is converted by OpenCC; with "zh" MUSE stays as it is (traditional), CC-CEDICT
    gives simplified words.

    Raises:
        FileNotFoundError: when there is no such file.
        DictionaryError: when a line is neither of the two, the file is empty or no text, or it is of another
            pair of languages, by its name or by its script.
    """
    path = Path(path)
    pair = (primary_language(source_language), primary_language(target_language))
    _check_name(path, pair)
    collected: dict[str, dict[str, None]] = {}
    for word, translation in _pairs(path, pair, target_language):
        collected.setdefault(_folded(word, source_language), {})[_converted(translation, target_language)] = None
    if not collected:
        raise DictionaryError(f"`{path}` must hold a dictionary, but holds no entry instead.")
    entries = {word: tuple(translations) for word, translations in collected.items()}
    _check_script(path, pair[0], entries, "source")
    _check_script(path, pair[1], (each for translations in entries.values() for each in translations), "target")
    return BilingualDictionary(source_language, target_language, entries)


def chooser(choice: Choice, frequencies: Mapping[str, int] | None = None) -> Callable[[tuple[str, ...], Random], str]:
    """The function that takes one of several translations.

    Args:
        choice: "first" of the file, one at "random", or the "most_frequent", of equals the first.
        frequencies: how often words of the target language occur; needed for "most_frequent" alone.

    Raises:
        ValueError: when `choice` is not one of its values, or `frequencies` is missing.
    """
    if choice == "first":
        return lambda translations, rng: translations[0]
    if choice == "random":
        return lambda translations, rng: rng.choice(translations)
    if choice != "most_frequent":
        raise ValueError(f"`choice` must be one of {', '.join(CHOICES)}, but is {choice!r} instead.")
    if frequencies is None:
        raise ValueError('`frequencies` must be given for choice="most_frequent", but is None instead.')
    return lambda translations, rng: max(translations, key=lambda word: frequencies.get(word.lower(), 0))


def read_frequencies(path: str | Path) -> dict[str, int]:
    """How often words occur, from a file with `word count` a line; of a word in several cases, the sum.

    Raises:
        FileNotFoundError: when there is no such file.
        DictionaryError: when a line is not of that form.
    """
    frequencies: dict[str, int] = {}
    for number, line in _lines(Path(path)):
        word, _, count = line.strip().rpartition(" ")
        if not (word and count.isdecimal() and len(count) <= _MOST_DIGITS):
            raise DictionaryError(f"`{path}` must hold `word count` on line {number}, but holds {shown(line)} instead.")
        frequencies[word.strip().lower()] = frequencies.get(word.strip().lower(), 0) + int(count)
    return frequencies


def cased_like(word: str, translation: str) -> str:
    """A translation in the case of the word: Law, LAW and law become Loi, LOI and loi."""
    if len(word) > 1 and word.isupper():
        return translation.upper()
    return translation[:1].upper() + translation[1:] if word[:1].isupper() else translation


def _pairs(path: Path, pair: tuple[str, str], target_language: str) -> Iterator[tuple[str, str]]:
    is_cedict: bool | None = None
    for number, line in _lines(path):
        entry = _CEDICT_ENTRY.fullmatch(line) if is_cedict is not False else None
        if is_cedict is None:
            is_cedict = entry is not None
        if is_cedict and entry is not None:
            yield from _cedict_pairs(entry, path, pair, target_language)
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        if is_cedict or len(fields) != 2 or not all(map(str.strip, fields)):
            form = "TRADITIONAL SIMPLIFIED [pinyin] /gloss/" if is_cedict else "two words"
            raise DictionaryError(f"`{path}` must hold {form} on line {number}, but holds {shown(line)} instead.")
        yield fields[0].strip(), fields[1].strip()


def _cedict_pairs(
    entry: re.Match[str], path: Path, pair: tuple[str, str], target_language: str
) -> Iterator[tuple[str, str]]:
    if pair not in (("zh", "en"), ("en", "zh")):
        raise DictionaryError(f"`{path}` must be of {'-'.join(pair)}, but is CC-CEDICT, of zh-en, instead.")
    traditional, simplified = entry["traditional"], entry["simplified"]
    for gloss in map(_bare, entry["glosses"].split("/")):
        if gloss and pair[0] == "zh":
            yield simplified, gloss
        elif gloss and " " not in gloss:
            yield gloss, traditional if _conversion(target_language) == "s2t" else simplified


def _bare(gloss: str) -> str:
    """A gloss as a translation: without asides and the "to" of verbs; "" for what only describes the entry."""
    for aside, closing in zip(_ASIDES, ")]", strict=True):
        # Behind the last that closes, each that opens would be sought to the end of the line.
        end = gloss.rfind(closing) + 1
        gloss = aside.sub(" ", gloss[:end]) + gloss[end:]
    bare = " ".join(re.split("[;,]", gloss)[0].split())
    return "" if _NO_TRANSLATION.match(bare) else bare.removeprefix("to ").strip(" .,")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank nor comments, with their numbers from 1."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise DictionaryError(
                    f"`{path}` must be UTF-8, but is not at byte {error.start} of line {number}."
                ) from error
            if line.startswith("version https://git-lfs."):
                raise DictionaryError(f"`{path}` must be a dictionary, but is a pointer of Git LFS: fetch the file.")
            if line.strip() and not line.startswith("# ") and not line.startswith("#! "):
                yield number, line


def _check_name(path: Path, pair: tuple[str, str]) -> None:
    named = _NAMED_PAIR.match(path.name)
    if named and named.groups() != pair:
        raise DictionaryError(
            f"`{path}` must be a dictionary of {'-'.join(pair)}, but is of {'-'.join(named.groups())} by its name."
        )


def _check_script(path: Path, language: str, words: Iterable[str], side: str) -> None:
    if language not in _SCRIPTS:
        return
    pattern = re.compile(f"[{_SCRIPTS[language]}]")
    found = [pattern.search(word) is not None for word in words]
    if sum(found) < _LEAST_SHARE * len(found):
        raise DictionaryError(
            f"`{path}` must have {side} words of {language}, but only {sum(found)} of {len(found)} are in its script."
        )


def _conversion(language: str) -> str | None:
    """The OpenCC conversion to the script that a code of Chinese names, if it names one."""
    parts = re.split("[-_]", language.lower())
    return next((_CONVERSIONS[part] for part in parts[1:] if part in _CONVERSIONS), None) if parts[0] == "zh" else None


def _converted(translation: str, language: str) -> str:
    conversion = _conversion(language)
    return str(_converter(conversion).convert(translation)) if conversion else translation


@lru_cache(maxsize=2**16)
def _folded(word: str, language: str) -> str:
    return str(_converter("t2s").convert(word)).lower() if primary_language(language) == "zh" else word.lower()


@cache
def _converter(conversion: str) -> Any:
    import opencc

    return opencc.OpenCC(conversion)
