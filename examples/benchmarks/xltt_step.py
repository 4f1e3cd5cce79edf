"""A training step of XLTT beside one of its encoder alone on the same tokens, in one run.

    python examples/benchmarks/xltt_step.py [--device cuda --dtype bfloat16 --layers 12 --width 768]

The encoder alone encodes the pivot and all translations in one call and reads a span off each; what
XLTT adds is its attention, the fused head and the auxiliary loss. The printed form of the attention is
timed too, in the place of the fused one.
"""

from parallel_step import batch, encoder_config, parse, print_steps

from hf_xlqa.models import XLTTConfig, XLTTForQuestionAnswering


def main() -> None:
    arguments = parse(__doc__, batch=2, length=384, languages=2, layers=4, width=256, repeats=3, threads=2)
    languages = [f"language {number}" for number in range(arguments.languages)]
    config = XLTTConfig(encoder_config=encoder_config(arguments), parallel_languages=languages)
    print_steps("XLTT", XLTTForQuestionAnswering(config), batch(arguments, languages=len(languages)), arguments)


if __name__ == "__main__":
    main()
