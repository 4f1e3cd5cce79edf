"""The rule of CMRC 2018, version 6: F1 over the longest contiguous run of tokens."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .contiguous import contiguous_scores, tokenizer_fields
from .overlap import best
from .span_metric import SpanMetric


class CMRC2018(SpanMetric):
    """Exact match and F1 as CMRC 2018 defines them (Cui et al. 2019; evaluation script, version 6).

    Lower case, blanks at both ends go, then a fixed list of punctuation: `-:_*^/\\~`+=` and
    ，。：？！“”；’《》·、「」（）－～『』. Any other mark stays (`,` `.` `"` `‘` `【】` `……`). Exact match compares
    what is left, blanks inside included. F1 takes each character U+4E00 to U+9FA5 as a token, and the
    words of nltk of the rest, which runs together where only listed punctuation stood; tokens in common
    are those of the longest contiguous run. The language of a text changes nothing.

    The official script calls nltk's `word_tokenize`: sentences by Punkt's English model, then words. Where
    that model (`nltk.download("punkt_tab")`) is installed, this does the same. Without it, text between two
    characters of Chinese is one sentence, and words can differ where a full stop, question or exclamation
    mark stands inside such a text with a blank after it: "acme. beta." is "acme." "beta" "." as one
    sentence, and "acme" "." "beta" "." as two. The signature names the tokenizer and the version of nltk.
    """

    version = "6"
    citation = (
        "@inproceedings{cui-etal-2019-span, title={A Span-Extraction Dataset for {C}hinese Machine Reading "
        "Comprehension}, author={Cui, Yiming and Liu, Ting and Che, Wanxiang and Xiao, Li and Chen, Zhipeng and "
        "Ma, Wentao and Wang, Shijin and Hu, Guoping}, booktitle={EMNLP-IJCNLP}, year={2019}}"
    )

    def score(self, prediction: str, golds: Sequence[str], *, language: str | None = None) -> tuple[float, float]:
        """Exact match and F1 in [0, 1], the best over the golds; the language changes nothing.

        Raises:
            ImportError: when nltk is needed and not installed.
        """
        return best(contiguous_scores(prediction, golds))

    def _signature_fields(self, languages: Collection[str]) -> dict[str, str]:
        return tokenizer_fields()
