"""The settings of language-adversarial training and the Language Arbitration Framework (2020, section 4.2)."""

from __future__ import annotations

from typing import Any

PAPER: dict[str, Any] = {
    "method": "encoder",
    "learning_rate": 3e-5,
    "warmup_steps": 0.1,
    "weight_decay": 0.01,
    "num_train_epochs": 1,
    "per_device_train_batch_size": 32,
    "max_length": 384,
    "window_step": 128,
}
"""Arguments of every system but zero-shot; batch size, warm-up and weight decay are not stated."""

SAMPLE_QUESTIONS: dict[str, Any] = {
    "languages": ["en", "zh", "de"],
    "train": ["sample/en", "sample/en.zh", "sample/en.de"],
}
"""T(Q) of the embedded sample in two languages."""
