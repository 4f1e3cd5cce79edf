"""The rules of KorQuAD 1.0 and, as the configuration "2.0", of KorQuAD 2.0: F1 over characters."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Sequence

from .overlap import bag_f1, best
from .span_metric import SpanMetric

_SYMBOLS = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))
_PUNCTUATION = str.maketrans("", "", string.punctuation)
# An attribute in quotation marks may hold ">", and an answer may be cut inside a tag: that tag goes to the end.
_TO_THE_END_OF_THE_TAG = r"""(?:=\s*"[^"]*(?:"|\Z)|=\s*'[^']*(?:'|\Z)|[^>])*(?:>|\Z)"""
_MARKUP = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|<(script|style|template)\b{_TO_THE_END_OF_THE_TAG}.*?(?:</\1\b|\Z){_TO_THE_END_OF_THE_TAG}"
    rf"|</?[a-z]{_TO_THE_END_OF_THE_TAG}"
    rf"|<(?:[!?]|/(?!\Z))[^>]*(?:>|\Z)",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


class KorQuAD(SpanMetric):
    """Exact match and bag-of-characters F1 as KorQuAD defines them (Lim et al. 2019; Kim et al. 2019 for 2.0).

    "1.0": each of `'"《》<>〈〉()‘’` becomes a blank, then lower case, then what is left of the 32 ASCII
    punctuation marks is deleted, then blanks are unified. Blanks between words count for the exact match
    and are no tokens; any other punctuation is a character like others.

    "2.0", whose answers are pieces of HTML: first what the official program leaves to BeautifulSoup's
    `get_text()`, here as version 4.9 and later give it with lxml, the parser they prefer. Tags of any name
    vanish without leaving a blank, as do comments, declarations and what script, style and template hold;
    a tag cut at the end of the answer vanishes, one cut at its beginning stays as text; `<` is text unless
    an ASCII letter, `/`, `!` or `?` follows. Then references such as `&amp;`, `&nbsp;` and `&#44032;` become
    their characters, so an escaped tag is text. Then the steps of "1.0", and every blank is deleted. With
    another parser installed the official program itself differs on malformed HTML.
    """

    configurations = {"1.0": "1.0", "2.0": "2.0"}
    citation = (
        "@article{lim-etal-2019-korquad, title={{K}or{QuAD}1.0: Korean {QA} Dataset for Machine Reading "
        "Comprehension}, author={Lim, Seungyoung and Kim, Myungji and Lee, Jooyoul}, "
        "journal={arXiv preprint arXiv:1909.07005}, year={2019}}\n"
        "@inproceedings{kim-etal-2019-korquad, title={{K}or{QuAD} 2.0: Korean {QA} Dataset for Web Document Machine "
        "Comprehension}, author={Kim, Youngmin and Lim, Seungyoung and Lee, Hyunjeong and Park, Soyoon and "
        "Kim, Myungji}, booktitle={Annual Conference on Human and Language Technology}, year={2019}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds; the language changes nothing."""
        normalise = _normalise_html if self.config_name == "2.0" else _normalise
        predicted = normalise(prediction)
        return best(_compare(predicted, normalise(gold)) for gold in golds)


def _compare(prediction: str, gold: str) -> tuple[float, float]:
    return float(prediction == gold), bag_f1(prediction.replace(" ", ""), gold.replace(" ", ""))


def _normalise(text: str) -> str:
    # Lower case in between, as the lower case of Σ depends on its neighbours.
    return " ".join(text.translate(_SYMBOLS).lower().translate(_PUNCTUATION).split())


def _normalise_html(text: str) -> str:
    return _normalise(html.unescape(_MARKUP.sub("", text))).replace(" ", "")
