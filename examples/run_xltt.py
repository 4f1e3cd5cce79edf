"""Train and evaluate XLTT: on the embedded sample by default, on any corpora by argument.

    accelerate launch examples/run_xltt.py --output_dir outputs/xltt
    accelerate launch examples/run_xltt.py --encoder FacebookAI/xlm-roberta-base --output_dir outputs/xltt \\
        --parallel en=squad.en.json ja=squad.ja.json ko=squad.ko.json --held_out 0.05 \\
        --evaluate xquad/hi mlqa/zh --num_train_epochs 2 --load_best_model_at_end True
    accelerate launch examples/run_xltt.py examples/recipes/xltt2021/table4.yaml --row xltt_xlmr

A YAML recipe may come first; arguments after it change its row. `--help` lists them all.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

DEFAULTS = {
    "method": "xltt",
    "learning_rate": 4e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "weight_decay": 0.01,
    "num_train_epochs": 2,
    "per_device_train_batch_size": 64,
}

if __name__ == "__main__":
    run_command(DEFAULTS, sample_encoder=SAMPLE_SETTINGS)
