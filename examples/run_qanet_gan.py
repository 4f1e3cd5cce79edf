"""Train and evaluate QANet with the language GAN: on the embedded sample by default, on any corpora by argument.

    python examples/run_qanet_gan.py --output_dir outputs/gan
    python examples/run_qanet_gan.py --output_dir outputs/gan_ch --train squad/en drcd/zh=DRCD_training.json \\
        --evaluate drcd/zh=DRCD_dev.json --dictionaries en-zh-Hant=cedict.txt --vectors en=en.vec zh=zh.vec \\
        --max_steps 60000

By default GAN-CH as in the paper (Lee & Lee 2019), on the sample with a smaller network. For GAN-EN give
`--objective_options '{"language_gan": {"sides": "target"}}'`, for no game `--objectives span`. `--help` lists all.
"""

from __future__ import annotations

from hf_xlqa.experiment.command import run_command
from hf_xlqa.experiment.qanet_study import SAMPLE_DISCRIMINATOR, SAMPLE_NETWORK

PAPER = {
    "method": "qanet",
    "languages": ["en", "zh"],
    "objectives": ["span", "language_gan"],
    "balance_languages": True,
    "learning_rate": 1e-3,
    "optim": "adamw_torch",
    **{"coupled_weight_decay": True, "weight_decay": 3e-7, "adam_beta1": 0.8, "adam_epsilon": 1e-7},
    **{"lr_scheduler_type": "constant_with_warmup", "warmup_shape": "inverse_exponential", "warmup_steps": 1000},
    "max_grad_norm": 5.0,
    "ema_decay": 0.999,
    "per_device_train_batch_size": 24,
    **{"max_length": 451, "window_step": 200, "max_question_length": 50},
    "outside": "drop",
}
SAMPLE = {
    "dictionaries": ["en-zh={sample}"],
    "evaluate": ["sample/zh"],
    "network": {**SAMPLE_NETWORK, "word_dim": 64},
    "discriminator": SAMPLE_DISCRIMINATOR,
    "warmup_steps": 20,
}

if __name__ == "__main__":
    run_command(PAPER, sample_corpora=SAMPLE)
