"""Methods on a pretrained encoder build what their arguments say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_corpora import write_encoder

from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.dual_bert import DualBert
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.parallel import ParallelMethod
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.models import DualBertForQuestionAnswering

DATA = DataArguments(languages=["en", "de"])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.mark.parametrize(("given", "weight"), [(None, "cosine"), ("0.5", 0.5), ("batch_dot", "batch_dot")])
def test_the_weight_of_the_auxiliary_loss_is_a_name_or_a_number(
    encoder: str, given: str | None, weight: float | str
) -> None:
    method = XLTT(
        encoder=encoder, auxiliary_weight=given, combination="mean", missing="skip", attn_implementation="eager"
    )
    model = method.model(method.tokenizer([], DATA), DATA)
    config = model.config
    assert (config.auxiliary_weight, config.combination, config.missing) == (weight, "mean", "skip")
    assert (config.parallel_languages, model.dtype) == (["de"], torch.float32)
    encoders = [part for part in model.modules() if isinstance(part, type(model.base_model.encoder))]
    assert encoders[0].config._attn_implementation == "eager"


def test_dual_bert_reads_the_target_with_its_translation_into_the_source(encoder: str) -> None:
    method = DualBert(encoder=encoder, preset="released", auxiliary_weight="0", missing="skip")
    data = DataArguments(languages=["zh", "en"])
    model = method.model(method.tokenizer([], data), data)
    config = model.config
    assert isinstance(model, DualBertForQuestionAnswering)
    assert (config.parallel_languages, config.residual, config.auxiliary_weight) == (["en"], "source", 0)
    assert (method.name, method.without_translation, method.parallel) == ("dual_bert", "skip", True)
    assert model.base_model.attention.self_adaptive
    plain = DualBert(encoder=encoder, self_adaptive=False).model(method.tokenizer([], data), data)
    assert not plain.base_model.attention.self_adaptive


def test_dual_bert_has_one_source_language(encoder: str) -> None:
    method, data = DualBert(encoder=encoder), DataArguments()
    with pytest.raises(ValueError, match="for dual_bert, as in `--languages zh en`, but are en, ja, ko instead"):
        method.model(method.tokenizer([], data), data)


@pytest.mark.parametrize("kind", [XLTT, DualBert])
def test_an_unknown_preset_lists_the_known_ones(encoder: str, kind: type[ParallelMethod]) -> None:
    method = kind(encoder=encoder, preset="papers")
    with pytest.raises(ValueError, match="`preset` must be one of default, paper, released, but is 'papers' instead"):
        method.model(method.tokenizer([], DATA), DATA)


def test_an_unknown_encoder_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        with pytest.raises(ValueError, match=f"`encoder` must be sample, .* but is '.*{name}' instead"):
            Encoder(encoder=str(tmp_path / name)).tokenizer([], DATA)


def test_the_revision_is_that_of_tokenizer_and_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, str]] = []

    def load(name: str, **options: str) -> None:
        loaded.append((name, options["revision"]))

    monkeypatch.setattr("hf_xlqa.experiment.methods.pretrained.AutoTokenizer.from_pretrained", load)
    monkeypatch.setattr("hf_xlqa.experiment.methods.encoder.AutoModelForQuestionAnswering.from_pretrained", load)
    method = Encoder(encoder="xlqa/any", encoder_revision="v1")
    method.model(method.tokenizer([], DATA), DATA)
    assert loaded == [("xlqa/any", "v1")] * 2


def test_an_encoder_with_a_discriminator_knows_its_languages(encoder: str) -> None:
    method = Encoder(encoder=encoder, discriminator='{"source_language": "de", "discriminator_blocks": 1}')
    model = method.with_discriminator(method.model(method.tokenizer([], DATA), DATA), DATA.languages)
    assert (model.config.languages, model.config.source_language) == (["en", "de"], "de")
    assert len(model.discriminator.blocks) == 1


@pytest.mark.parametrize("given", ["[1]", "{", "layer"])
def test_options_of_the_discriminator_are_an_object(given: str) -> None:
    with pytest.raises(ValueError, match="`discriminator` must be a JSON object, but is "):
        Encoder(discriminator=given)
