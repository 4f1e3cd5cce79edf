"""The rule of SQuAD 1.1, used by XQuAD and TyDiQA-GoldP too."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from .overlap import bag_score
from .span_metric import SpanMetric

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class Squad(SpanMetric):
    """Exact match and bag-of-words F1 as SQuAD 1.1 defines them (Rajpurkar et al. 2016, section 6.1).

    Lower case, then the 32 ASCII punctuation marks, then English articles, then blanks, whatever the
    language. Words stand between blanks, so F1 is exact match in Chinese, and any other punctuation counts.
    """

    version = "1.1"
    citation = (
        "@inproceedings{rajpurkar-etal-2016-squad, title={{SQ}u{AD}: 100,000+ Questions for Machine Comprehension "
        "of Text}, author={Rajpurkar, Pranav and Zhang, Jian and Lopyrev, Konstantin and Liang, Percy}, "
        "booktitle={EMNLP}, year={2016}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds; the language changes nothing."""
        return bag_score(normalise(prediction), map(normalise, golds))


def normalise(text: str) -> str:
    """A text as SQuAD 1.1 compares it: what is left of its words, one blank between two."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())
