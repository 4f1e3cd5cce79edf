"""The layers of an encoder, and the one whose output is a hidden state of some number."""

from typing import Any

from torch import nn


def encoder_layer(model: Any, number: int, *, asked: str) -> nn.Module:
    """The layer whose output is the hidden state of that number; state 0 is what the first layer reads.

    Args:
        model: any with an encoder.
        number: from 1 to the number of layers, or counted back from -1.
        asked: what needs the layer, for errors.

    Raises:
        ValueError: when the model keeps no list of its layers (ALBERT), or has none of that number.
    """
    depth = int(getattr(model.config, "num_hidden_layers", 0))
    stacks = [each for each in model.modules() if isinstance(each, nn.ModuleList) and len(each) == depth]
    if not stacks:
        raise ValueError(
            f"{asked} must be of a model with a list of its layers, but is of {type(model).__name__} instead."
        )
    place = number + depth + 1 if number < 0 else number
    if not 1 <= place <= depth:
        raise ValueError(f"`layer` must be from 1 to {depth} for {asked}, or count back, but is {number} instead.")
    return stacks[0][place - 1]


def with_states(layer_output: Any, states: Any) -> Any:
    """The output of a layer, or of one that returns a tuple, with other states."""
    return (states, *layer_output[1:]) if isinstance(layer_output, tuple) else states
