"""A training step of XLTT beside one of its encoder alone on the same tokens.

    python examples/benchmarks/xltt_step.py [--device cuda --dtype bfloat16 --layers 12 --width 768]

The encoder alone encodes the pivot and all translations in one call and reads a span off each; what
XLTT adds is its attention, the fused head and the auxiliary loss. The printed form of the attention is
timed too, in the place of the fused one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmark import main
from parallel_step import HEAD_WIDTH, StepOptions, batch, steps
from records import Record

from hf_xlqa.models import XLTTConfig, XLTTForQuestionAnswering


@dataclass
class Options(StepOptions):
    """Sizes of the step."""

    repeats: int = 7
    layers: int = 4
    width: int = 256
    languages: int = 2


QUICK = Options(repeats=1, batch=1, length=16, layers=1, width=HEAD_WIDTH)


def measure(options: Options) -> Iterator[Record]:
    """The step, fused and printed."""
    options.set_up()
    languages = [f"language {number}" for number in range(options.languages)]
    config = XLTTConfig(encoder_config=options.encoder_config(), parallel_languages=languages)
    model: Any = XLTTForQuestionAnswering(config)
    yield from steps("XLTT", model.to(**options.placed), batch(options, languages=len(languages)), options)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
