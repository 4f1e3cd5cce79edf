"""Tokens and scores of CMRC 2018, version 6, which DRCD's published figures use too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version

_LISTED = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』"
_PUNCTUATION = str.maketrans("", "", _LISTED)
_HAN = re.compile("([\u4e00-\u9fa5])")
# Where a text holds nothing else, nltk's words are what stands between blanks and these marks, and the marks.
_PLAIN = re.compile(r"(?:[\w\s;@#$%&?!()\[\]{}<>]|[.,](?=[0-9]))*")
_PLAIN_TOKEN = re.compile(r"[\u4e00-\u9fa5;@#$%&?!()\[\]{}<>]|[^\s\u4e00-\u9fa5;@#$%&?!()\[\]{}<>]+")
# But it splits these words in two, also where a dotless ı stands for their i.
_CONTRACTED = re.compile("cannot|gimme|gonna|gotta|lemme|wanna|ı")


def contiguous_scores(prediction: str, golds: Iterable[str]) -> Iterator[tuple[float, float]]:
    """Exact match and F1 of a prediction against each of the different golds, in [0, 1].

    Lower case, then blanks at both ends go, then the listed punctuation wherever it stands, so that the
    text on both sides of a mark runs together and blanks inside stay. Exact match compares what is left.
    F1 compares its tokens (`segment`): those in common are the longest contiguous run of them.

    Raises:
        ImportError: when nltk is needed and not installed.
    """
    bare = without_listed(prediction)
    tokens = segment(bare)
    for gold in map(without_listed, {*golds}):
        gold_tokens = segment(gold)
        common = longest_common_run(tokens, gold_tokens)
        yield float(bare == gold), 2 * common / (len(tokens) + len(gold_tokens)) if common else 0.0


def without_listed(text: str) -> str:
    """The text in lower case without blanks at its ends, and then without the listed punctuation."""
    return text.lower().strip().translate(_PUNCTUATION)


def segment(text: str) -> list[str]:
    """Tokens of a text without its punctuation: each character U+4E00 to U+9FA5, and nltk's words of the rest.

    nltk is asked only where it would do more than part words, numbers and a few marks (`_PLAIN`).

    Raises:
        ImportError: when nltk is needed and not installed.
    """
    if _is_plain(text):
        return _PLAIN_TOKEN.findall(text)
    return [token for run in _HAN.split(text) for token in ((run,) if _HAN.match(run) else _words(run))]


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest contiguous run of tokens that two sequences share."""
    codes: dict[str, str] = {}
    one, other = ("".join(codes.setdefault(token, chr(len(codes))) for token in tokens) for tokens in (first, second))
    length = 0
    # The longest run that ends at a token is at most one longer than the longest that ended before it.
    for end in range(1, len(one) + 1):
        length += one[end - length - 1 : end] in other
    return length


@cache
def word_tokenizer() -> Callable[[str], list[str]]:
    """nltk's `word_tokenize` where its sentence model (`punkt_tab`) is installed, else its `NLTKWordTokenizer`.

    Looked up once a process, in nltk's data folders, never on the network.

    Raises:
        ImportError: when nltk is not installed.
    """
    try:
        from nltk.tokenize import NLTKWordTokenizer, word_tokenize
    except ModuleNotFoundError as error:
        raise ImportError(
            "`nltk` must be installed to score by the rule of CMRC 2018, but is not: `pip install nltk`."
        ) from error
    tokenizer: Callable[[str], list[str]] = word_tokenize
    try:
        tokenizer("")
    except LookupError:
        tokenizer = NLTKWordTokenizer().tokenize
    return tokenizer


def tokenizer_fields() -> dict[str, str]:
    """Signature fields: the tokenizer in use and the version of nltk, which two scores must share to be compared."""
    return {"tokenizer": word_tokenizer().__qualname__.partition(".")[0], "nltk": version("nltk")}


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and not _CONTRACTED.search(text)


@lru_cache(maxsize=2**16)
def _words(run: str) -> list[str]:
    return _PLAIN_TOKEN.findall(run) if _is_plain(run) else word_tokenizer()(run)
