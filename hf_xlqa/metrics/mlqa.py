"""The rule of MLQA, version 1: SQuAD's with the punctuation of every script and the articles of six languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .overlap import bag_score
from .punctuation import without_punctuation
from .span_metric import SpanMetric

_HAN = re.compile("([\u4e00-\u9fa5])")
# Arabic: the official pattern takes every occurrence, inside words too. Hindi and Chinese have no articles.
_ARTICLES = {
    "ar": re.compile("ال"),
    "de": re.compile(r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "en": re.compile(r"\b(?:a|an|the)\b"),
    "es": re.compile(r"\b(?:un|una|unos|unas|el|la|los|las)\b"),
    "vi": re.compile(r"\b(?:của|là|cái|chiếc|những)\b"),
}


class MLQA(SpanMetric):
    """Exact match and bag-of-tokens F1 as MLQA defines them (Lewis et al. 2020, section 4).

    Lower case, then punctuation of every script, then the articles of the context's language, then
    blanks. Tokens stand between blanks; in Chinese each character U+4E00 to U+9FA5 is one.
    """

    version = "1"
    languages = frozenset({"ar", "de", "en", "es", "hi", "vi", "zh"})
    citation = (
        "@inproceedings{lewis-etal-2020-mlqa, title={{MLQA}: Evaluating Cross-lingual Extractive Question Answering}, "
        "author={Lewis, Patrick and Oguz, Barlas and Rinott, Ruty and Riedel, Sebastian and Schwenk, Holger}, "
        "booktitle={ACL}, year={2020}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds, by the rule of the context's language.

        Raises:
            ValueError: when the language, here or of the metric, is not one of the seven.
        """
        code = self.rule_language(language)
        return bag_score(_normalise(prediction, code), (_normalise(gold, code) for gold in golds))


def _normalise(text: str, language: str | None) -> str:
    bare = without_punctuation(text)
    if language == "zh":
        bare = " ".join(_HAN.split(bare))
    elif language in _ARTICLES:
        bare = _ARTICLES[language].sub(" ", bare)
    return " ".join(bare.split())
