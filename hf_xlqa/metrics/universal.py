"""A rule for every language, ours: SQuAD's idea with each script's punctuation, articles and tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from .overlap import bag_f1, best
from .span_metric import SpanMetric


class Universal(SpanMetric):
    """Exact match and bag-of-tokens F1 that treat an answer of any language as SQuAD treats an English one.

    It scores what other rules refuse or are unfair to (Japanese, Korean, Thai, Greek, Russian, Turkish),
    and one rule for all rows of a table makes its rows comparable. It is no official rule of any corpus.
    A text is compared after these steps:

    1. NFC, so that composed and decomposed text agree. Nothing else is folded: width, digits of other
       scripts and accents count, as they do in the context that both answers are taken from.
    2. Full case folding, which lower case is not: Straße is STRASSE, and Greek has one sigma. Turkish and
       Azerbaijani fold I to ı; İ is i in every language.
    3. Elided articles go (French and Italian l', Italian un'), before their apostrophe does.
    4. Punctuation is deleted, not blanked, as by SQuAD: 1,000 is 1000 and co-op is coop. What counts is every
       category that SQuAD's 32 ASCII marks are of, P*, Sc, Sm and Sk, so € and × go as $ and + do. Other
       symbols (So: ℃, ㎞, №, emoji) are content. The marks that part words where blanks do not (Tibetan tsheg,
       Ethiopic word space) become blanks. Invisible characters go: Cf (joiners, U+FEFF, direction
       marks) and variation selectors.
    5. Tokens are words between blanks, Korean ones too; combining marks stay in their words. In scripts without
       blanks between words (Han, kana, Thai, Lao, Khmer, Burmese) a token is one written character: a base with
       all marks on, around and below it, the vowel am and the consonants stacked by a virama included (close to
       the grapheme clusters of UAX #29). Counted apart, a few frequent vowel and tone marks would find something
       in common in any two answers. The prolonged mark ー is a character of its own. Digits of these scripts
       form numbers, so a number is one token in every script.
    6. Articles of the context's language go (`_ARTICLES`): free-standing ones, and Arabic ال at the beginning
       of a word of which something is left. Suffixed articles (Swedish, Romanian) cannot be told from endings, nor
       Hebrew's one letter from a first letter, and stay. Without a language no article goes.

    A step 4 or 6 that would leave nothing is not taken, so an answer of punctuation or articles only
    ("?", "The The") is compared by them and not equal to every other such answer. Exact match means the
    same tokens, so a blank between two Chinese characters changes nothing and one between two Korean words
    does; it implies an F1 of 1. Either score is the same with prediction and gold exchanged.
    """

    version = "1"
    citation = "@misc{hf-xlqa-universal, title={A language-aware rule for extractive answers in any language: hf_xlqa}}"

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds.

        Args:
            prediction: predicted text.
            golds: gold texts, at least one.
            language: language of the context, whose articles go; None takes the metric's, and none without one.

        Raises:
            ValueError: when the language is no code.
        """
        code = self.rule_language(language)
        predicted = _tokens(prediction, code)
        return best(_compare(predicted, _tokens(gold, code)) for gold in golds)


_ARTICLES = {
    "da": "en et den det de",
    "de": "der die das den dem des ein eine einen einem einer eines",
    "el": "ο η το οι τα του της των τον την τη τους τις ένας μία μια ένα ενός μίας μιας έναν",
    "en": "a an the",
    "es": "el la los las un una unos unas",
    "fr": "le la les un une des",
    "hu": "a az egy",
    "it": "il lo la i gli le un uno una",
    "nb": "en ei et den det de",
    "nl": "de het een",
    "nn": "ein ei eit den det dei",
    "no": "en ei et den det de ein eit dei",
    "pt": "o a os as um uma uns umas",
    "ro": "un o niște nişte",
    "sv": "en ett den det de",
    "vi": "một những các",
}
"""Free-standing definite and indefinite articles, from the grammar of each language.

Where one is also the numeral one or a pronoun, the word goes all the same, as in SQuAD's and MLQA's lists.
Vietnamese has the articles of its noun phrase, not MLQA's list, which has của (of), là (is) and classifiers.
"""
_ELIDED: dict[str | None, re.Pattern[str]] = {
    "fr": re.compile(r"(?<!\w)l['’ʼ](?=\w)"),
    "it": re.compile(r"(?<!\w)(?:l|un)['’ʼ](?=\w)"),
}
_PARTING = "\u0f0b\u0f0c\u1361"
_MARK_CATEGORIES = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sc", "Sm", "Sk", "Cf"})
_VARIATION_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810)})
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3031-\u3035\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # kana and their iteration marks
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
# The vowel am of Thai and Lao and the half-width voicing marks of kana are letters to Unicode.
_ATTACHED = "\u0e33\u0eb3\uff9e\uff9f" + "".join(
    character for character in map(chr, range(0x20000)) if unicodedata.category(character)[0] == "M"
)
_WRITTEN = rf"(?!\d)[{_UNSPACED}][{_ATTACHED}]*"
_TOKEN = re.compile(rf"{_WRITTEN}(?:(?<=[\u1039\u17d2]){_WRITTEN})*|(?:[^\s{_UNSPACED}]|\d)+")


class _Marks(dict[int, str | None]):
    """Table for `str.translate` that deletes marks or blanks them; filled as characters come."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        is_mark = unicodedata.category(character) in _MARK_CATEGORIES or code in _VARIATION_SELECTORS
        self[code] = " " if character in _PARTING else None if is_mark else character
        return self[code]


_MARKS = _Marks()


def _compare(prediction: Sequence[str], gold: Sequence[str]) -> tuple[float, float]:
    return (1.0, 1.0) if prediction == gold else (0.0, bag_f1(prediction, gold))


def _tokens(text: str, language: str | None) -> list[str]:
    folded = _fold(text, language)
    elided = _ELIDED.get(language)
    folded = elided.sub("", folded) if elided else folded
    tokens = _TOKEN.findall(folded.translate(_MARKS)) or _TOKEN.findall(folded)
    if language == "ar":
        return [token.removeprefix("ال") or token for token in tokens]
    articles = _FOLDED_ARTICLES.get(language, frozenset())
    return [token for token in tokens if token not in articles] or tokens


def _fold(text: str, language: str | None) -> str:
    """Composed and without case; the lower case of İ is i with a dot of its own, which goes."""
    composed = unicodedata.normalize("NFC", text)
    if language in ("tr", "az"):
        composed = composed.replace("I", "ı")
    return unicodedata.normalize("NFC", composed.casefold().replace("i\u0307", "i"))


_FOLDED_ARTICLES: dict[str | None, frozenset[str]] = {
    language: frozenset(_fold(articles, language).split()) for language, articles in _ARTICLES.items()
}
