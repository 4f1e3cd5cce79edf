"""Configuration of XLTT (Cross-Lingual Transposition ReThinking, 2021) and its presets."""

from dataclasses import field
from typing import ClassVar

from .parallel_config import PAPER, RELEASED, ParallelReaderConfig

PRESETS = {"default": {}, "paper": PAPER, "released": RELEASED | {"residual": "parallel"}}


class XLTTConfig(ParallelReaderConfig):
    """Configuration of `XLTTModel`.

    The preset "paper" is Eq. 4-25 as printed; "released" takes the choices of Dual BERT's released code
    where the two models share an equation.

    Args:
        parallel_languages: languages of the parallel inputs, in the order of their axis; the paper
            trains with English as pivot and `["ja", "ko"]` (section 4.1).
        combination: how the languages' attended states C' become C. "concat" is W [C'_M ; C'_N ; ...] + b
            (Eq. 14-16) and holds the number of languages fixed; "mean" applies one W to their mean and
            takes any number of languages at training and test time.
        residual: "pivot" adds B_S (Eq. 17); "parallel" adds the mean of the parallel states, position by
            position, as the released Dual BERT does with its source.
        others: as in `ParallelReaderConfig`. `scale_scores` is about Eq. 12-13, `scale_self_attention` and
            `mask_self_attention` about Eq. 5-7, "cosine" is Eq. 23.

    Raises:
        ValueError: as `ParallelReaderConfig`.
    """

    model_type = "xltt"
    presets: ClassVar = PRESETS
    choices: ClassVar = {
        **ParallelReaderConfig.choices,
        "combination": ("concat", "mean"),
        "residual": ("pivot", "parallel"),
    }

    parallel_languages: list[str] = field(default_factory=lambda: ["ja", "ko"])
    combination: str = "concat"
    residual: str = "pivot"

    @property
    def attended_size(self) -> int:
        """Width of what W reads: of all languages side by side, or of their mean."""
        return super().attended_size if self.combination == "concat" else self.hidden_size
