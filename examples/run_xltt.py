"""Train and evaluate XLTT: on the embedded sample by default, on any corpora by argument.

    accelerate launch examples/run_xltt.py --output_dir outputs/xltt
    accelerate launch examples/run_xltt.py --encoder FacebookAI/xlm-roberta-base --output_dir outputs/xltt \\
        --parallel en=squad.en.json ja=squad.ja.json ko=squad.ko.json --held_out 0.05 \\
        --evaluate xquad/hi mlqa/zh --num_train_epochs 2 --load_best_model_at_end True
    accelerate launch examples/run_xltt.py examples/recipes/xltt2021/table4.yaml --row xltt_xlmr

A YAML recipe may come first; arguments after it change its row. `--help` lists them all.
"""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser

from hf_xlqa.experiment.recipe import find_row, parse_arguments, parse_row
from hf_xlqa.experiment.run import run
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS
from hf_xlqa.interrupt import TrainingInterrupted

DEFAULTS = {
    "method": "xltt",
    "learning_rate": 4e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "weight_decay": 0.01,
    "num_train_epochs": 2,
    "per_device_train_batch_size": 64,
}


def main(words: list[str]) -> None:
    if words and words[0].endswith((".yaml", ".yml")):
        parser = ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--row")
        found, rest = parser.parse_known_args(words[1:])
        run(*parse_row(find_row(words[0], found.row), rest, defaults=DEFAULTS))
    else:
        own_encoder = any(word.split("=")[0] == "--encoder" for word in words)
        run(*parse_arguments(words, defaults=DEFAULTS if own_encoder else {**DEFAULTS, **SAMPLE_SETTINGS}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        main(sys.argv[1:])
    except TrainingInterrupted as stop:
        sys.exit(str(stop))
