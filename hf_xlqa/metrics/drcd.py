"""The two rules that published DRCD figures follow: CMRC 2018's, and SQuAD's over characters."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .characters import apart
from .contiguous import contiguous_scores, tokenizer_fields
from .overlap import bag_score, best
from .punctuation import without_punctuation
from .span_metric import SpanMetric

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class DRCD(SpanMetric):
    """Exact match and F1 on DRCD (Shao et al. 2018), which has no official script.

    `config_name="cui2019"`, the default, is the rule of `cmrc2018`, nltk's tokenizer included, as in
    Cui et al. (2019) and most papers since. `config_name="lee2019"` is that of Lee and Lee (2019, section
    5.5): "removed all the punctuation in the answers and used the standard evaluation script from SQuAD",
    over characters. Lower case, then every Unicode P* and the 32 ASCII marks go, then the English articles a,
    an and the, then each Chinese character (every extension too) is a token and so is what else stands between
    blanks. An article goes where it stands between word boundaries before characters are parted: "the 臺灣"
    loses it, "the臺灣" and "a股" do not. The language of a text changes nothing.

    The files of DRCD hold two golds for each question of the development and test sets, of which this takes
    the best; Lee and Lee count one: `golds="first"`.
    """

    configurations = {"cui2019": "cui2019", "lee2019": "lee2019"}
    citation = (
        "@article{shao-etal-2018-drcd, title={{DRCD}: a {C}hinese Machine Reading Comprehension Dataset}, "
        "author={Shao, Chih Chieh and Liu, Trois and Lai, Yuting and Tseng, Yiying and Tsai, Sam}, "
        "journal={arXiv:1806.00920}, year={2018}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds; the language changes nothing.

        Raises:
            ImportError: by the rule of "cui2019", when nltk is needed and not installed.
        """
        if self.config_name == "cui2019":
            return best(contiguous_scores(prediction, golds))
        return bag_score(_normalise(prediction), map(_normalise, golds))

    def _signature_fields(self, languages: Collection[str]) -> dict[str, str]:
        return tokenizer_fields() if self.config_name == "cui2019" else {}


def _normalise(text: str) -> str:
    return apart(_ARTICLES.sub(" ", without_punctuation(text)))
