"""Self-adaptive attention (Dual BERT) and multilingual adaptive attention (XLTT), exact and linear in memory.

The printed formula stores three length x length matrices a head. Because
`A_T (B_T B_S') A_S' = (A_T B_T)(A_S B_S)'`, the same values come from three ordinary attentions, which
fused kernels compute without storing any of them.
"""

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def self_adaptive_attention(
    target: Tensor,
    source: Tensor,
    *,
    value: Tensor | None = None,
    target_mask: Tensor | None = None,
    source_mask: Tensor | None = None,
    scale: float | None = None,
    self_scale: float | None = None,
    mask_self_attention: bool = True,
    dropout: float = 0.0,
) -> Tensor:
    """What every target position takes from the source: softmax(A_T (T S') A_S') V.

    A_T = softmax(T T') and A_S = softmax(S S') filter each side first (Cui et al. 2019, Eq. 1-5).

    Args:
        target: (batch, target length, dim) or (batch, heads, target length, dim); the queries where
            projections are learned.
        source: (batch, source length, dim), or with heads; the keys where projections are learned.
        value: as `source`; what is averaged, by default the source itself.
        target_mask: (batch, target length) bool, False at padding.
        source_mask: (batch, source length) bool, False at padding.
        scale: factor on the scores of the last softmax; None is 1, as printed.
        self_scale: factor on the scores of A_T and A_S; None is 1, as printed.
        mask_self_attention: whether A_T and A_S leave padding out; the last softmax always does.
        dropout: probability of dropping a weight of the last softmax; above 0 the CPU kernel is not fused.

    Returns:
        A tensor of the shape of `target`.

    Raises:
        ValueError: when the ranks do not fit or a mask does not fit its side.
    """
    attended = multilingual_adaptive_attention(
        target,
        source[:, None],
        value=None if value is None else value[:, None],
        pivot_mask=target_mask,
        parallel_mask=None if source_mask is None else source_mask[:, None],
        scale=scale,
        self_scale=self_scale,
        mask_self_attention=mask_self_attention,
        dropout=dropout,
    )
    return attended[:, 0]


def multilingual_adaptive_attention(
    pivot: Tensor,
    parallel: Tensor,
    *,
    value: Tensor | None = None,
    pivot_mask: Tensor | None = None,
    parallel_mask: Tensor | None = None,
    scale: float | None = None,
    self_scale: float | None = None,
    mask_self_attention: bool = True,
    self_adaptive: bool = True,
    dropout: float = 0.0,
) -> Tensor:
    """`self_adaptive_attention` of one pivot over R parallel sequences (XLTT, Eq. 5-13).

    The pivot is filtered by A_S once for all languages.

    Args:
        pivot: (batch, pivot length, dim) or (batch, heads, pivot length, dim).
        parallel: (batch, R, length, dim) or (batch, R, heads, length, dim).
        value: as `parallel`; by default the parallel states themselves.
        pivot_mask: (batch, pivot length) bool, False at padding.
        parallel_mask: (batch, R, length) bool, False at padding; every row has a True.
        scale, self_scale, mask_self_attention, dropout: as in `self_adaptive_attention`.
        self_adaptive: False leaves A_S and A_R out (Cui et al. 2019, Eq. 1, an ablation of Table 4).

    Returns:
        (batch, R, pivot length, dim) or (batch, R, heads, pivot length, dim): C' of Eq. 12-13.

    Raises:
        ValueError: when the ranks do not fit or a mask does not fit its side.
    """
    _check_shapes(pivot, parallel, pivot_mask, parallel_mask)
    batch, languages = parallel.shape[:2]
    has_heads = pivot.dim() == 4
    value = parallel if value is None else value
    if not has_heads:
        pivot, parallel, value = pivot.unsqueeze(1), parallel.unsqueeze(2), value.unsqueeze(2)
    parallel, value = parallel.flatten(0, 1), value.flatten(0, 1)
    keep = None if parallel_mask is None else parallel_mask.flatten(0, 1)

    if self_adaptive:
        filter_scale = 1.0 if self_scale is None else self_scale
        pivot = _attend(pivot, pivot, pivot, pivot_mask if mask_self_attention else None, filter_scale)
        parallel = _attend(parallel, parallel, parallel, keep if mask_self_attention else None, filter_scale)
    queries = pivot.repeat_interleave(languages, dim=0) if languages > 1 else pivot
    attended = _attend(queries, parallel, value, keep, 1.0 if scale is None else scale, dropout)
    attended = attended.view(batch, languages, *attended.shape[1:])
    return attended if has_heads else attended.squeeze(2)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, keep: Tensor | None, scale: float, dropout: float = 0.0
) -> Tensor:
    """Fused softmax(scale * query key') value over (batch, heads, length, dim); `keep` is (batch, key length)."""
    mask = None if keep is None else keep[:, None, None, :]
    return scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale, dropout_p=dropout)


def _check_shapes(pivot: Tensor, parallel: Tensor, pivot_mask: Tensor | None, parallel_mask: Tensor | None) -> None:
    if pivot.dim() not in (3, 4) or parallel.dim() != pivot.dim() + 1:
        raise ValueError(
            "The target or pivot must be of shape (batch, length, dim) or (batch, heads, length, dim) and the source "
            f"likewise, but they are of shape {tuple(pivot.shape)} and {tuple(parallel.shape)} (batch, languages, ...) "
            "instead."
        )
    for name, mask, expected in (
        ("pivot_mask", pivot_mask, (pivot.shape[0], pivot.shape[-2])),
        ("parallel_mask", parallel_mask, (*parallel.shape[:2], parallel.shape[-2])),
    ):
        if mask is not None and mask.shape != expected:
            raise ValueError(f"`{name}` must be of shape {expected}, but is of shape {tuple(mask.shape)} instead.")


class AdaptiveAttention(nn.Module):
    """Multilingual adaptive attention with or without learned query, key and value projections.

    Args:
        hidden_size: width of the states.
        num_heads: heads of the projected form; must divide `hidden_size`. Without projections the
            equations have one head of the full width.
        projection: whether to project (as in the authors' released Dual BERT) or to use the states
            themselves (as in the equations).
        scale_scores: whether the last softmax divides its scores by sqrt(dim of a head).
        scale_self_attention: likewise for A_T and A_S.
        mask_self_attention: whether A_T and A_S leave padding out.
        self_adaptive: whether there are A_T and A_S at all.
        dropout: on the weights of the last softmax, while training.
    """

    def __init__(
        self,
        hidden_size: int,
        *,
        num_heads: int,
        projection: bool,
        scale_scores: bool,
        scale_self_attention: bool,
        mask_self_attention: bool,
        self_adaptive: bool = True,
        dropout: float,
    ) -> None:
        super().__init__()
        if projection and hidden_size % num_heads:
            raise ValueError(f"`num_heads` must divide the hidden size {hidden_size}, but is {num_heads} instead.")
        self.num_heads = num_heads if projection else 1
        root = (hidden_size // self.num_heads) ** -0.5
        self.scale = root if scale_scores else None
        self.self_scale = root if scale_self_attention else None
        self.mask_self_attention = mask_self_attention
        self.self_adaptive = self_adaptive
        self.dropout = dropout
        self.query, self.key, self.value = (
            nn.Linear(hidden_size, hidden_size) if projection else nn.Identity() for _ in range(3)
        )

    def forward(
        self, pivot: Tensor, parallel: Tensor, pivot_mask: Tensor | None, parallel_mask: Tensor | None
    ) -> Tensor:
        """C' of every parallel sequence.

        Args:
            pivot: (batch, pivot length, hidden).
            parallel: (batch, R, length, hidden).
            pivot_mask: (batch, pivot length) bool, False at padding; None without any.
            parallel_mask: (batch, R, length) bool, likewise.

        Returns:
            (batch, R, pivot length, hidden).
        """
        attended: Tensor = multilingual_adaptive_attention(
            self._split(self.query(pivot)),
            self._split(self.key(parallel)),
            value=self._split(self.value(parallel)),
            pivot_mask=pivot_mask,
            parallel_mask=parallel_mask,
            scale=self.scale,
            self_scale=self.self_scale,
            mask_self_attention=self.mask_self_attention,
            self_adaptive=self.self_adaptive,
            dropout=self.dropout if self.training else 0.0,
        )
        return attended.transpose(-3, -2).flatten(-2)

    def _split(self, states: Tensor) -> Tensor:
        """(..., length, hidden) -> (..., heads, length, hidden / heads)."""
        return states.view(*states.shape[:-1], self.num_heads, -1).transpose(-3, -2)
