"""The tokenizer of the sample's encoder: no answer of the sample begins or ends within one of its tokens.

WordPiece without a continuation prefix: each word of the templates is one piece, names are cut into their parts,
numbers into two digits. Punctuation and the runs of katakana, Latin letters and digits are isolated first, so that no
piece reaches from a name into the words around it where there are no blanks. No name as a whole is a piece.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from itertools import product

from tokenizers import AddedToken, Regex, Tokenizer, decoders
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Sequence, Split, WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from hf_xlqa.corpora.sample.grammar import LANGUAGES, grammar
from hf_xlqa.corpora.sample.lexicon import concepts
from hf_xlqa.corpora.sample.names import name_parts

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_RUNS = r"\p{P}|\p{Katakana}[\p{Katakana}ー]*|\p{Latin}+|[0-9]+"
_MAX_LENGTH = 512


def build_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer of the shipped encoder, from the words of the templates and the parts of names."""
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(_pieces()))}
    model = WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix="", max_input_chars_per_word=200)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Sequence([WhitespaceSplit(), Split(Regex(_RUNS), behavior="isolated")])
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.decoder = decoders.WordPiece(prefix="")
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=_MAX_LENGTH,
        model_input_names=["input_ids", "attention_mask"],
        **{f"{token[1:-1].lower()}_token": token for token in SPECIAL_TOKENS},
    )


def _pieces() -> Iterator[str]:
    yield from SPECIAL_TOKENS
    yield from string.printable.strip()
    yield from map("".join, product(string.digits, repeat=2))
    for language in LANGUAGES:
        yield from grammar(language).vocabulary()
        yield from (word for row in concepts() for word in row.get(language, ()))
    parts = [form for group in name_parts().values() for row in group for _, form in row]
    for written in (parts, map(str.capitalize, parts), "".join(parts)):
        yield from written
    yield from (grammar(language).name_separator for language in LANGUAGES)
