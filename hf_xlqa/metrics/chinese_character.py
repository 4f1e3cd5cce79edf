"""The measure of Lee and Lee (2019): exact match and F1 over Chinese characters."""

from __future__ import annotations

from collections.abc import Sequence

from .characters import apart
from .overlap import bag_score
from .punctuation import without_punctuation
from .span_metric import SpanMetric


class ChineseCharacter(SpanMetric):
    """Exact match and bag-of-characters F1 without punctuation (Lee and Lee 2019, section 5.5).

    Lower case, then punctuation goes: every character of a Unicode category P* (，。“”「」《》（）·… and the
    like) and the 32 ASCII marks, symbols such as `+` and `$` among them; other symbols stay (￥ ℃ ～). Each
    Chinese character, simplified or traditional, is a token: the main block with its later additions, every
    extension, compatibility characters, radicals, 々 and 〇, none mapped to another. What stands between them
    and between blanks is one token whole: "光荣ω-force" is 光, 荣 and ωforce, "iPhone 4S手机" is iphone, 4s,
    手 and 机, "3.5米" is 35 and 米. No article goes. Precision and recall count a token as often as it stands
    in both, exact match compares the tokens in order, so that blanks beside Chinese characters do not count,
    and F1 is averaged over questions ("macro"). Lee and Lee count one gold a question: `golds="first"`. The
    language of a text changes nothing.
    """

    version = "lee2019"
    citation = (
        "@inproceedings{lee-lee-2019-cross, title={Cross-Lingual Transfer Learning for Question Answering}, "
        "author={Lee, Chia-Hsuan and Lee, Hung-Yi}, journal={arXiv:1907.06042}, year={2019}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds; the language changes nothing."""
        return bag_score(_normalise(prediction), map(_normalise, golds))


def _normalise(text: str) -> str:
    return apart(without_punctuation(text))
