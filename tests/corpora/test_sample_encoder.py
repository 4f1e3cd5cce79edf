"""The tokenizer and the tiny encoder that ship with the sample."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedTokenizerFast

from hf_xlqa.corpora.sample import encoder_path, lexicon, sample_examples, word_by_word
from hf_xlqa.corpora.sample.grammar import LANGUAGES
from hf_xlqa.corpora.sample.names import SPLITS, Split
from hf_xlqa.corpora.sample.tokenizer import build_tokenizer
from hf_xlqa.schema import Example

SHIPPED_AT_MOST = 6_000_000


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(encoder_path())


def misaligned(examples: Iterable[Example], tokenizer: PreTrainedTokenizerFast) -> list[str]:
    """Examples with an answer that begins or ends within a token."""
    found = []
    for example in examples:
        offsets = tokenizer(example.context, return_offsets_mapping=True)["offset_mapping"]
        starts, ends = {start for start, _ in offsets}, {end for _, end in offsets}
        if any(answer.start not in starts or answer.end not in ends for answer in example.answers):
            found.append(example.id)
    return found


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_begins_or_ends_within_a_token(
    language: str, split: Split, tokenizer: PreTrainedTokenizerFast
) -> None:
    examples = sample_examples(split, language, paragraphs=60)
    assert misaligned(examples, tokenizer) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_by_word_answers_are_aligned_too(language: str, tokenizer: PreTrainedTokenizerFast) -> None:
    source = "ja" if language != "ja" else "de"
    examples = [word_by_word(example, language) for example in sample_examples("test", source, paragraphs=40)]
    assert misaligned(examples, tokenizer) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_test_split_is_unknown_and_paragraphs_are_short(
    language: str, tokenizer: PreTrainedTokenizerFast
) -> None:
    examples = sample_examples("test", language, paragraphs=40)
    encoded = tokenizer([e.question for e in examples], [e.context for e in examples])["input_ids"]
    assert not any(tokenizer.unk_token_id in ids for ids in encoded)
    assert 60 < sum(map(len, encoded)) / len(encoded) < 110


def test_no_name_is_one_token(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.tokenize("in Corton 1871") == ["in", "Cor", "ton", "18", "71"]
    assert tokenizer.tokenize("コルトンで生まれた") == ["コル", "トン", "で", "生まれた"]


def test_the_shipped_tokenizer_is_the_one_the_code_builds(tokenizer: PreTrainedTokenizerFast) -> None:
    assert build_tokenizer().backend_tokenizer.to_str() == tokenizer.backend_tokenizer.to_str()


def test_the_shipped_files_are_small() -> None:
    sizes = {file.name: file.stat().st_size for file in encoder_path().iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= set(sizes)
    assert sum(sizes.values()) <= SHIPPED_AT_MOST


def test_the_encoder_loads_as_encoder_and_as_reader_and_ignores_padding(tokenizer: PreTrainedTokenizerFast) -> None:
    encoder = AutoModel.from_pretrained(encoder_path()).eval()
    alone = tokenizer(["Where was Belria Anson born?"], return_tensors="pt")
    padded = tokenizer(["Where was Belria Anson born?"], padding="max_length", max_length=40, return_tensors="pt")
    with torch.no_grad():
        expected = encoder(**alone).last_hidden_state
        found = encoder(**padded).last_hidden_state[:, : expected.shape[1]]
    assert torch.allclose(found, expected, atol=1e-5)
    reader = AutoModelForQuestionAnswering.from_pretrained(encoder_path())
    assert reader(**alone).start_logits.shape == alone.input_ids.shape


def test_translations_have_closer_vectors_than_other_words(tokenizer: PreTrainedTokenizerFast) -> None:
    weight = AutoModel.from_pretrained(encoder_path()).get_input_embeddings().weight.detach()
    pairs = [(word, found[0]) for word, found in lexicon("de", "hi", splits=()).items() if found and word.isalpha()]
    ids = torch.tensor([tokenizer.convert_tokens_to_ids(list(pair)) for pair in pairs])
    translated = cosine_similarity(weight[ids[:, 0]], weight[ids[:, 1]], dim=-1).mean()
    others = cosine_similarity(weight[ids[:, 0]], weight[ids[:, 1].roll(7)], dim=-1).mean()
    assert translated > others + 0.2
