"""Models around pretrained encoders through the harness, and one published checkpoint from push to use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hub_server import running_hub
from huggingface_hub import ModelCard
from models.harness import LENGTHWISE, ModelHarness, foreign_imports, load_without_the_library, logits_of
from tiny_tokenizers import tiny_tokenizer
from torch import Tensor
from transformers import BertConfig, PretrainedConfig, XLMRobertaConfig

import hf_xlqa
from hf_xlqa.model_card import write_model_card
from hf_xlqa.models import (
    AdversarialConfig,
    AdversarialForQuestionAnswering,
    DualBertConfig,
    DualBertForQuestionAnswering,
    DualBertModel,
    XLTTConfig,
    XLTTForQuestionAnswering,
    XLTTModel,
)
from hf_xlqa.reports import Score
from hf_xlqa.run_record import RunRecord

ENCODER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 60,
    "max_position_embeddings": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def rows_of(lengths: list[int], *, seed: int) -> dict[str, Tensor]:
    """Token ids and masks of rows that are padded to the longest: each (batch, length)."""
    ids = torch.randint(5, 60, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(seed))
    keep = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    types = (torch.arange(max(lengths)) > 2) & keep
    # [CLS] and what follows the question may be answered.
    answerable = types | (torch.arange(max(lengths)) == 0)
    return {
        "input_ids": ids * keep,
        "attention_mask": keep.long(),
        "token_type_ids": types.long(),
        "answer_mask": answerable,
    }


class TestXLTT(ModelHarness):
    model_class = XLTTForQuestionAnswering
    base_class = XLTTModel

    @classmethod
    def config(cls) -> PretrainedConfig:
        return XLTTConfig(encoder_config=BertConfig(**ENCODER), hidden_dropout=0.0)

    @classmethod
    def inputs(cls) -> dict[str, Tensor]:
        pivot = rows_of([9, 7, 6], seed=1)
        japanese, korean = rows_of([12, 8, 7], seed=2), rows_of([12, 11, 6], seed=3)
        parallel = {f"parallel_{name}": torch.stack([japanese[name], korean[name]], dim=1) for name in pivot}
        positions = {"start": torch.tensor([3, 0, 4]), "end": torch.tensor([5, 0, 4])}
        labels = {f"{side}_positions": each for side, each in positions.items()}
        labels |= {f"parallel_{side}_positions": each[:, None].repeat(1, 2) for side, each in positions.items()}
        present = torch.tensor([[True, True], [True, False], [True, True]])
        for side in positions:
            labels[f"parallel_{side}_positions"][1, 1] = -100
        return pivot | parallel | labels | {"parallel_mask": present}


class TestXLTTOfAnyNumberOfLanguages(TestXLTT):
    @classmethod
    def config(cls) -> PretrainedConfig:
        encoder = XLMRobertaConfig(**ENCODER | {"type_vocab_size": 2, "pad_token_id": 0})
        return XLTTConfig(encoder_config=encoder, hidden_dropout=0.0, combination="mean", missing="skip")


class TestXLTTAsPrinted(TestXLTT):
    @classmethod
    def config(cls) -> PretrainedConfig:
        return XLTTConfig.from_preset("paper", encoder_config=BertConfig(**ENCODER), hidden_dropout=0.0)


class TestDualBert(ModelHarness):
    model_class = DualBertForQuestionAnswering
    base_class = DualBertModel

    @classmethod
    def config(cls) -> PretrainedConfig:
        return DualBertConfig(encoder_config=BertConfig(**ENCODER), hidden_dropout=0.0)

    @classmethod
    def inputs(cls) -> dict[str, Tensor]:
        """Those of XLTT with its second language, which one row lacks."""
        inputs = TestXLTT.inputs()
        return {name: tensor[:, 1:] if name.startswith("parallel") else tensor for name, tensor in inputs.items()}


class TestDualBertAsReleased(TestDualBert):
    @classmethod
    def config(cls) -> PretrainedConfig:
        dropouts = {"hidden_dropout": 0.0, "attention_dropout": 0.0}
        return DualBertConfig.from_preset("released", encoder_config=BertConfig(**ENCODER), **dropouts)

    def test_padding_changes_nothing(self) -> None:
        """Except where the authors' code counts the padding: in the attention of each side to itself, and in lambda."""
        model, inputs = self.build(), self.inputs()
        model.dual_bert.attention.mask_self_attention = True
        padded = {
            name: torch.nn.functional.pad(tensor, (0, 5)) if name.endswith(LENGTHWISE) else tensor
            for name, tensor in inputs.items()
        }
        length = inputs["input_ids"].shape[1]
        torch.testing.assert_close(logits_of(model, padded)[..., :length], logits_of(model, inputs))


class TestAdversarial(ModelHarness):
    model_class = AdversarialForQuestionAnswering
    base_class = None

    @classmethod
    def config(cls) -> PretrainedConfig:
        return AdversarialConfig(qa_config=BertConfig(**ENCODER), discriminator_channels=8)

    @classmethod
    def inputs(cls) -> dict[str, Tensor]:
        positions = {"start_positions": torch.tensor([3, 0, 4]), "end_positions": torch.tensor([5, 0, 4])}
        return rows_of([9, 7, 6], seed=1) | positions

    def test_padding_changes_nothing(self) -> None:
        """Except the loss that this Hub's model computes, which has always counted the padding."""
        model, inputs = self.build(), self.inputs()
        padded = {
            name: torch.nn.functional.pad(tensor, (0, 5)) if tensor.dim() == 2 else tensor
            for name, tensor in inputs.items()
        }
        torch.testing.assert_close(logits_of(model, padded)[..., :9], logits_of(model, inputs))
        for part in zip(model.features(**padded), model.features(**inputs), strict=True):
            scores = [model.discriminator(*each) for each in part]
            torch.testing.assert_close(*scores)


class TestAdversarialPerceptron(TestAdversarial):
    """A discriminator of every language on the question's tokens, at a layer that is transformed for those above."""

    @classmethod
    def config(cls) -> PretrainedConfig:
        return AdversarialConfig(
            qa_config=BertConfig(**ENCODER),
            languages=["en", "de", "zh"],
            layer=1,
            transform=True,
            discriminator_kind="perceptron",
            discriminator_reads="question",
            discriminator_hidden_size=8,
        )

    @classmethod
    def inputs(cls) -> dict[str, Tensor]:
        places = {"cls_index": [0, 0, 0], "question_start": [1, 1, 1], "question_end": [2, 2, 2]}
        return super().inputs() | {name: torch.tensor(values) for name, values in places.items()}


PUSH = """
import sys
import hf_xlqa.models
from huggingface_hub import upload_file
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
folder, name = sys.argv[1:]
AutoModelForQuestionAnswering.from_pretrained(folder).push_to_hub(name)
AutoTokenizer.from_pretrained(folder).push_to_hub(name)
upload_file(path_or_fileobj=folder + "/README.md", path_in_repo="README.md", repo_id=name)
"""


def checkpoint(folder: Path) -> XLTTForQuestionAnswering:
    """Write what a run leaves: model with its code, tokenizer, card."""
    model = TestXLTT.build()
    model.save_pretrained(folder)
    tiny_tokenizer("bert").save_pretrained(folder)
    record = RunRecord(
        method="xltt",
        base_model="tiny-encoder",
        training=(),
        scores=(Score("toy/zh", "zh", "mlqa", 50.0, 60.0, 2, "rule:mlqa|version:1"),),
        hyper_parameters={"learning_rate": 4e-5},
        seed=0,
        versions={"python": "3.11"},
        command="python train.py",
    )
    write_model_card(record, folder, repo_id="xlqa/tiny-xltt")
    return model


def test_a_published_checkpoint_loads_by_name_from_an_empty_cache(tmp_path: Path) -> None:
    folder, first, second = (tmp_path / name for name in ("checkpoint", "first", "second"))
    for each in (folder, first, second):
        each.mkdir()
    model = checkpoint(folder)
    with running_hub(tmp_path / "hub") as hub:
        subprocess.run(
            [sys.executable, "-c", PUSH, str(folder), "xlqa/tiny-xltt"],
            env=hub.environment(first),
            cwd=Path(hf_xlqa.__file__).parents[1],
            check=True,
        )
        environment = hub.environment(second)
        environment.pop("PYTHONPATH", None)
        results = load_without_the_library("xlqa/tiny-xltt", TestXLTT.inputs(), second, environment)
        published = hub.repository("models", "xlqa/tiny-xltt").names()
    found = torch.stack([results["first"]["start_logits"], results["first"]["end_logits"]])
    assert torch.equal(found, logits_of(model, TestXLTT.inputs()))
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= set(published)
    assert {path.name for path in folder.glob("*.py")} <= set(published)
    card = ModelCard.load(tmp_path / "hub/models/xlqa/tiny-xltt/README.md")
    assert [result.metric_value for result in card.data.eval_results] == [50.0, 60.0]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from hf_xlqa.text import terms", "from hf_xlqa.text import"),
        ("from . import sibling", "from . import"),
        ("from .absent import thing", "from .absent import"),
        ("from ..above import thing", "from ..above import"),
        ("import numpy", "import numpy"),
    ],
)
def test_imports_that_do_not_travel_are_found(line: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "sibling.py").write_text("import torch.nn\nfrom .model import Model\n")
    (tmp_path / "model.py").write_text(f"from .sibling import thing\nimport math\n{line}\n")
    assert list(foreign_imports(tmp_path)) == [f"model.py: {found}"]
