"""What a model asks of the length of windows, whoever cuts them."""

from torch import nn
from transformers import PreTrainedModel


def check_max_length(model: PreTrainedModel, max_length: int) -> None:
    """Refuse windows for which a model has no position embeddings, which CUDA would only report as an assertion.

    Args:
        model: any; one without a table of positions, such as a rotary one, takes every length.
        max_length: greatest number of tokens of a window.

    Raises:
        ValueError: names the greatest length that the model reads.
    """
    tables = [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Embedding) and name.rpartition(".")[2] == "position_embeddings"
    ]
    # RoBERTa and its kin count positions from behind the padding's.
    sizes = [each.num_embeddings - (0 if each.padding_idx is None else each.padding_idx + 1) for each in tables]
    if sizes and max_length > min(sizes):
        raise ValueError(
            f"`max_length` must be at most {min(sizes)}, the tokens that the model has positions for, but is "
            f"{max_length} instead."
        )


def fixed_length(model: PreTrainedModel, max_length: int) -> int | None:
    """The length that every row is padded to, where answers depend on how far it is; None where they do not.

    They do for models of parallel texts without `mask_self_attention`, as their preset "released".

    Args:
        model: any.
        max_length: greatest number of tokens of a window.
    """
    return None if getattr(model.config, "mask_self_attention", True) else max_length
