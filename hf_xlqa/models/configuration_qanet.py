"""Configuration of QANet with language-dependent layers (Lee & Lee 2019)."""

from dataclasses import field

from transformers import PretrainedConfig

_SIZES = ("vocab_size", "character_vocab_size", "word_dim", "character_dim", "hidden_size", "num_attention_heads")
_RATES = ("dropout", "character_dropout", "stochastic_depth")


class QANetConfig(PretrainedConfig):
    """Configuration of `QANetModel`. The defaults are those of Lee & Lee 2019 (section 4.1) and QANet.

    Args:
        languages: languages of the inputs; `language_ids` are indices into them.
        shared_encoder: whether one embedding layer and embedding encoder serve all languages (the joint
            baseline), in place of one set a language.
        vocab_size: rows of the table of word vectors, which all languages share.
        character_vocab_size: characters, padding (0) and the unknown one (1) among them.
        word_dim: width of the word vectors, which are not trained.
        character_dim: width of the character vectors, which are.
        character_kernel_size: characters that the convolution over a word sees at once.
        hidden_size: width of all other layers.
        num_attention_heads: heads of the self-attention.
        embedding_convolutions, embedding_kernel_size: of the one block of the embedding encoder.
        model_blocks, model_convolutions, model_kernel_size: of the model encoder.
        dropout: on word vectors, inside the highway layers and on what each layer adds to its input.
        character_dropout: on character vectors.
        stochastic_depth: probability of leaving out the last layer of an encoder for an example; layer l
            of L is left out with l/L of it.
        pad_token_id, sep_token_id: ids of padding and of the separator, which belongs to no text.

    Raises:
        ValueError: when `languages` is empty or repeats itself, a size is not positive, a rate is not in
            [0, 1), heads do not divide the width, or a kernel has no middle.
    """

    model_type = "qanet"
    keys_to_ignore_at_inference = (
        "loss_parts",
        "encoded_question",
        "encoded_context",
        "question_mask",
        "context_mask",
    )

    languages: list[str] = field(default_factory=lambda: ["en", "zh"])
    shared_encoder: bool = False
    vocab_size: int = 50_000
    character_vocab_size: int = 5_000
    word_dim: int = 300
    character_dim: int = 64
    character_kernel_size: int = 5
    hidden_size: int = 96
    num_attention_heads: int = 2
    embedding_convolutions: int = 4
    embedding_kernel_size: int = 7
    model_blocks: int = 7
    model_convolutions: int = 2
    model_kernel_size: int = 5
    dropout: float = 0.1
    character_dropout: float = 0.05
    stochastic_depth: float = 0.1
    layer_norm_eps: float = 1e-6
    initializer_range: float = 0.1
    pad_token_id: int | None = 0
    sep_token_id: int = 2

    def __post_init__(self, **kwargs: object) -> None:
        self._check()
        super().__post_init__(**kwargs)

    def _check(self) -> None:
        languages = self.languages
        if not languages or len(set(languages)) < len(languages) or any("." in name for name in languages):
            raise ValueError(
                f"`languages` must name one or more different languages without dots, but is {languages} instead."
            )
        for name in _SIZES:
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be 1 or more, but is {getattr(self, name)} instead.")
        for name in _RATES:
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be 0 or more and less than 1, but is {getattr(self, name)} instead.")
        if self.hidden_size % (2 * self.num_attention_heads):
            raise ValueError(
                f"`hidden_size` must be a multiple of twice `num_attention_heads` ({self.num_attention_heads}), "
                f"but is {self.hidden_size} instead."
            )
        for name in ("character_kernel_size", "embedding_kernel_size", "model_kernel_size"):
            if getattr(self, name) < 1 or getattr(self, name) % 2 == 0:
                raise ValueError(f"`{name}` must be odd and positive, but is {getattr(self, name)} instead.")
