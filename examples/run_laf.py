"""The Language Arbitration Framework (2020), PSA and QS: a question and its translation get the same answer.

    python examples/run_laf.py --output_dir outputs/laf
    accelerate launch examples/run_laf.py --encoder google-bert/bert-base-multilingual-cased \\
        --languages en zh --train tq/en=train.en.json tq/en.zh=train.en.zh.json --evaluate mlqa/en.zh mlqa/zh \\
        --output_dir outputs/laf

By default on T(Q) of the embedded sample; examples/questions_on_english_contexts.py makes T(Q) of parallel files.
Questions in the first language are paired with their translations on the same context, by id. A batch is of pairs, 16
of which are 32 questions; with `--pair_each all` an item is an English question with all its translations. PSA alone is
`--objectives span psa`. `--objective_options '{"psa": {"update": "sequential"}, "qs": {"update": "sequential"}}'` makes
an update for each, one after the other, as Algorithm 2 does, in place of one for all.
A YAML recipe and `--row` may come first; `--help` lists all arguments.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.laf_settings import PAPER, SAMPLE_QUESTIONS
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS

PAIRS = {"per_device_train_batch_size": 16}
DEFAULTS = {**PAPER, **PAIRS, "objectives": ["span", "psa", "qs"]}

if __name__ == "__main__":
    run_command(DEFAULTS, sample_corpora=SAMPLE_QUESTIONS, sample_encoder={**SAMPLE_SETTINGS, **PAIRS})
