"""What every model must do, whatever it computes; a test names its classes and inherits the checks.

class TestXLTT(ModelHarness):
    model_class, base_class = XLTTForQuestionAnswering, XLTTModel

    @classmethod
    def config(cls): ...

    @classmethod
    def inputs(cls): ...
"""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoModelForQuestionAnswering, PretrainedConfig, PreTrainedModel
from transformers.utils import find_labels

TRAVELS_WITH = {"torch", "transformers"}
LENGTHWISE = ("input_ids", "attention_mask", "token_type_ids", "answer_mask")

WITHOUT_THE_LIBRARY = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "hf_xlqa":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""
LOAD_AND_SAVE_AGAIN = """
import inspect, torch
from transformers import AutoModel, AutoModelForQuestionAnswering
name, inputs, again, results = sys.argv[1:]
inputs = torch.load(inputs)
def run(auto, place):
    model = auto.from_pretrained(place, trust_remote_code=True).eval()
    known = inspect.signature(model.forward).parameters
    with torch.no_grad():
        return model, dict(model(**{key: value for key, value in inputs.items() if key in known}))
model, first = run(AutoModelForQuestionAnswering, name)
model.save_pretrained(again)
outputs = {
    "first": first,
    "again": run(AutoModelForQuestionAnswering, again)[1],
}
if "AutoModel" in model.config.auto_map:
    outputs |= {"first_base": run(AutoModel, name)[1], "again_base": run(AutoModel, again)[1]}
assert not any(module.partition(".")[0] == "hf_xlqa" for module in sys.modules)
torch.save(outputs, results)
"""


def load_without_the_library(
    name: str | Path, inputs: dict[str, Tensor], home: Path, environment: dict[str, str] | None = None
) -> dict[str, dict[str, Tensor]]:
    """Outputs of a checkpoint in a process that cannot import `hf_xlqa` and whose caches start empty.

    Args:
        name: folder or Hub id.
        inputs: of the model; the base model takes those it knows.
        home: an empty folder for the caches and files of the process.
        environment: of the process; without one it has no network.

    Returns:
        Outputs of the model and of its base, if it has one ("first", "first_base"), and of both after the
        process saved the model and loaded that copy ("again", "again_base").
    """
    if environment is None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_") and key != "PYTHONPATH"}
        environment = kept | {"HF_HOME": str(home / "cache"), "HF_HUB_OFFLINE": "1"}
    torch.save(inputs, home / "inputs.pt")
    code = WITHOUT_THE_LIBRARY + LOAD_AND_SAVE_AGAIN
    arguments = [str(name), str(home / "inputs.pt"), str(home / "again"), str(home / "results.pt")]
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    results: dict[str, dict[str, Tensor]] = torch.load(home / "results.pt")
    return results


def logits_of(model: PreTrainedModel, inputs: dict[str, Tensor]) -> Tensor:
    """Start and end logits, (2, batch, length)."""
    with torch.no_grad():
        output = model(**inputs)
    return torch.stack([output.start_logits, output.end_logits])


def foreign_imports(folder: Path) -> Iterator[str]:
    """Imports of the code in a folder that would fail where only the standard library, torch and transformers are."""
    known = TRAVELS_WITH | sys.stdlib_module_names
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
                yield from (f"{path.name}: import {name}" for name in names if name.partition(".")[0] not in known)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                sibling = node.level == 1 and (folder / f"{module}.py").is_file()
                if not (sibling or (node.level == 0 and module.partition(".")[0] in known)):
                    yield f"{path.name}: from {'.' * node.level}{module} import"


class ModelHarness(ABC):
    """Checks of one question-answering model and the base model inside it, None where it has none of its own."""

    model_class: ClassVar[type[PreTrainedModel]]
    base_class: ClassVar[type[PreTrainedModel] | None]

    @classmethod
    @abstractmethod
    def config(cls) -> PretrainedConfig:
        """A tiny configuration without dropout."""

    @classmethod
    @abstractmethod
    def inputs(cls) -> dict[str, Tensor]:
        """A batch with labels; its rows differ in length and are padded with zeros at the right."""

    @classmethod
    def build(cls) -> PreTrainedModel:
        torch.manual_seed(0)
        return cls.model_class(cls.config()).eval()

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The checkpoint of `build()`."""
        folder = tmp_path_factory.mktemp("checkpoint")
        cls.build().save_pretrained(folder)
        return folder

    @pytest.fixture(scope="class")
    @classmethod
    def elsewhere(cls, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
        """What the checkpoint gives where the library is not installed."""
        return load_without_the_library(folder, cls.inputs(), tmp_path_factory.mktemp("elsewhere"))

    def test_a_saved_model_loads_bit_equal(self, folder: Path) -> None:
        assert (folder / "model.safetensors").is_file()
        loaded, report = self.model_class.from_pretrained(folder, output_loading_info=True)
        assert not any(report.values())
        assert torch.equal(logits_of(loaded.eval(), self.inputs()), logits_of(self.build(), self.inputs()))

    @pytest.mark.parametrize("which", ["first", "again"])
    def test_loads_where_the_library_is_not_installed(self, elsewhere: Any, which: str) -> None:
        here = self.build()
        with torch.no_grad():
            expected = here(**self.inputs())
        for name in ("start_logits", "end_logits", "loss"):
            assert torch.equal(elsewhere[which][name], expected[name]), name

    @pytest.mark.parametrize("which", ["first_base", "again_base"])
    def test_base_model_loads_where_the_library_is_not_installed(self, elsewhere: Any, which: str) -> None:
        if self.base_class is None:
            assert which not in elsewhere
            return
        base = self.build().base_model
        assert isinstance(base, self.base_class)
        known = inspect.signature(base.forward).parameters
        with torch.no_grad():
            expected = base(**{name: tensor for name, tensor in self.inputs().items() if name in known})
        assert torch.equal(elsewhere[which]["last_hidden_state"], expected.last_hidden_state)

    def test_code_in_the_checkpoint_is_whole(self, folder: Path) -> None:
        modules = {name.rpartition(".")[0] for name in AutoConfig.from_pretrained(folder).auto_map.values()}
        assert all((folder / f"{module}.py").is_file() for module in modules)
        assert list(foreign_imports(folder)) == []

    def test_auto_classes_know_the_model_here(self) -> None:
        config = AutoConfig.for_model(self.config().model_type)
        assert type(config) is type(self.config())
        if self.base_class is not None:
            assert type(AutoModel.from_config(self.config())) is self.base_class
        assert type(AutoModelForQuestionAnswering.from_config(self.config())) is self.model_class

    def test_trainer_finds_the_labels(self) -> None:
        assert {"start_positions", "end_positions"} <= set(find_labels(self.model_class))

    def test_gradient_checkpointing_changes_nothing(self) -> None:
        losses, gradients, calls = [], [], []
        for checkpointing in (False, True):
            model = self.build().train()
            if checkpointing:
                model.gradient_checkpointing_enable({"use_reentrant": False})
            ran: list[str] = []
            for module in model.modules():
                module.register_forward_hook(lambda module, *_, ran=ran: ran.append(type(module).__name__))
            loss = model(**self.inputs()).loss
            loss.backward()
            losses.append(loss.detach())
            gradients.append([weight.grad for weight in model.parameters() if weight.requires_grad])
            calls.append(len(ran))
        assert calls[1] > calls[0]  # layers ran again in the backward pass
        torch.testing.assert_close(losses[1], losses[0])
        assert all(gradient is not None for gradient in gradients[0])
        torch.testing.assert_close(gradients[1], gradients[0])

    def test_fused_attention_equals_eager(self, folder: Path) -> None:
        logits = {}
        for name in ("eager", "sdpa"):
            model = self.model_class.from_pretrained(folder, attn_implementation=name).eval()
            parts = (part for part in model.modules() if isinstance(part, PreTrainedModel))
            assert {part.config._attn_implementation for part in parts} == {name}
            logits[name] = logits_of(model, self.inputs())
        torch.testing.assert_close(logits["sdpa"], logits["eager"], atol=1e-5, rtol=1e-5)

    def test_bfloat16_is_finite_and_near(self, folder: Path) -> None:
        model = self.model_class.from_pretrained(folder, dtype=torch.bfloat16).train()
        output = model(**self.inputs())
        output.loss.backward()
        assert output.loss.isfinite()
        assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.requires_grad)
        near = torch.stack([output.start_logits, output.end_logits]).float()
        torch.testing.assert_close(near, logits_of(self.build(), self.inputs()), atol=0.05, rtol=0.05)

    def test_rows_do_not_depend_on_their_order(self) -> None:
        model, inputs = self.build(), self.inputs()
        reversed_inputs = {name: tensor.flip(0) for name, tensor in inputs.items()}
        torch.testing.assert_close(logits_of(model, reversed_inputs), logits_of(model, inputs).flip(1))

    def test_padding_changes_nothing(self) -> None:
        model, inputs = self.build(), self.inputs()
        padded = {
            name: torch.nn.functional.pad(tensor, (0, 5)) if name.endswith(LENGTHWISE) else tensor
            for name, tensor in inputs.items()
        }
        length = inputs["input_ids"].shape[1]
        torch.testing.assert_close(logits_of(model, padded)[..., :length], logits_of(model, inputs))
        torch.testing.assert_close(model(**padded).loss, model(**inputs).loss)
