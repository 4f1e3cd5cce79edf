"""Configuration of Dual BERT (Cui et al. 2019) and its presets."""

from dataclasses import field
from typing import ClassVar

from .parallel_config import PAPER, RELEASED, ParallelReaderConfig

PRESETS = {"default": {}, "paper": PAPER, "released": RELEASED | {"residual": "source"}}


class DualBertConfig(ParallelReaderConfig):
    """Configuration of `DualBertModel`.

    The preset "paper" is Eq. 1-13 as printed; "released" is the authors' code: learned projections,
    A_T and A_S neither scaled nor masked, the residual on the source, one lambda for a batch (a product, not
    a cosine), dropout inside the attention. Two points are the same in all: the loss is half of Eq. 9, the
    mean of start and end, as in BERT and the released code; and hidden dropout is that of BERT.

    Args:
        parallel_languages: the one source language, into which the target-language text is translated.
        detach_auxiliary_weight: not by default, unlike in XLTT: from few examples with rough translations Dual BERT
            learns more where it can lower lambda, and it is asked nothing in the source language.
        residual: "target" adds B_T (Eq. 7); "source" adds B_S, position by position, as released, where both
            are padded to one length; here the shorter of the two is padded to the longer.
        others: as in `ParallelReaderConfig`. `scale_scores` is about Eq. 5, `scale_self_attention` and
            `mask_self_attention` about Eq. 2-3, "cosine" is Eq. 12. Without `mask_self_attention` outputs depend
            on how far a batch is padded, as lambda does with "self_adaptive": pad every batch to one length, as
            experiments, readers and the pipeline do.

    Raises:
        ValueError: as `ParallelReaderConfig`, and when there is more than one source language.
    """

    model_type = "dual_bert"
    presets: ClassVar = PRESETS
    choices: ClassVar = {**ParallelReaderConfig.choices, "residual": ("target", "source")}

    parallel_languages: list[str] = field(default_factory=lambda: ["en"])
    detach_auxiliary_weight: bool = False
    residual: str = "target"

    def _check(self) -> None:
        super()._check()
        if len(self.parallel_languages) != 1:
            raise ValueError(
                f"`parallel_languages` must name the one source language, but is {self.parallel_languages} instead; "
                "XLTT reads several."
            )
