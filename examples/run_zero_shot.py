"""Zero-shot transfer: train on English, answer in every language; on the embedded sample by default.

    python examples/run_zero_shot.py --output_dir outputs/zero_shot
    accelerate launch examples/run_zero_shot.py --encoder google-bert/bert-base-multilingual-cased --train squad \\
        --evaluate mlqa/en mlqa/zh mlqa/en.zh mlqa/zh.en --output_dir outputs/zero_shot

The settings are those of the ZS baseline of AT and LAF (2020); how long it trains the paper does not say, here it is
two epochs. A YAML recipe and `--row` may come first; `--help` lists all arguments.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.laf_settings import PAPER
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

DEFAULTS = {**PAPER, "languages": ["en"], "num_train_epochs": 2}

if __name__ == "__main__":
    run_command(DEFAULTS, sample_encoder=SAMPLE_SETTINGS)
