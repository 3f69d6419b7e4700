"""Networks of text: GPT-2, CLIP's text tower, BERT, T5, Llama, an LSTM, and PyTorch's own transformer."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.zoo.parts import Attention, Block


class GPT2(nn.Module):
    """GPT-2: the words' embedding is the last layer's weight too."""

    def __init__(self, words: int = 50257, length: int = 1024, width: int = 768, depth: int = 12) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(words, width), nn.Embedding(length, width)
        blocks = (Block(width, Attention(width, width // 64, causal=True), 4 * width) for _ in range(depth))
        self.h, self.ln_f = nn.Sequential(*blocks), nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, words, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, ids: Tensor) -> Any:
        place = torch.arange(ids.shape[1], device=ids.device)
        return self.lm_head(self.ln_f(self.h(self.wte(ids) + self.wpe(place))))


class CLIPText(nn.Module):
    """CLIP's text tower: causal blocks, and a projection of the last token."""

    def __init__(self, words: int = 49408, length: int = 77, width: int = 512, depth: int = 12) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.zeros(length, width))
        blocks = (Block(width, Attention(width, width // 64, causal=True), 4 * width) for _ in range(depth))
        self.blocks, self.ln_final = nn.Sequential(*blocks), nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.zeros(width, width))

    def forward(self, text: Tensor) -> Any:
        x = self.ln_final(self.blocks(self.token_embedding(text) + self.positions[: text.shape[1]]))
        last = x[torch.arange(text.shape[0], device=x.device), text.argmax(-1)]
        return last @ self.text_projection


class _BertLayer(nn.Module):
    """BERT's block: its norms stand behind."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = Attention(width, width // 64)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Any:
        x = self.norm1(x + self.dropout(self.attention(x)))
        return self.norm2(x + self.dropout(self.mlp(x)))


class BERT(nn.Module):
    """BERT without a task: words, places and segments, blocks, and a layer on the first token; gives a mapping."""

    def __init__(self, words: int = 30522, width: int = 768, depth: int = 12) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width, padding_idx=0), nn.Embedding(512, width)
        self.segments, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(_BertLayer(width) for _ in range(depth))
        self.pooler = nn.Linear(width, width)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> dict[str, Tensor]:
        place = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.norm(self.words(input_ids) + self.places(place) + self.segments(token_type_ids))
        for layer in self.layers:
            x = layer(x)
        return {"last_hidden_state": x, "pooler_output": torch.tanh(self.pooler(x[:, 0]))}


class _RMSNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Any:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class _T5Attention(nn.Module):
    """Attention without scaling and biases; the first of a stack holds what distances add to the scores."""

    def __init__(self, width: int, heads: int, *, first: bool = False, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.distance = nn.Embedding(32, heads) if first else None

    def forward(self, x: Tensor, other: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
        split = (self.q(x), self.k(other), self.v(other))
        query, key, value = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in split)
        if self.distance is not None:
            bias = self.distance(self._buckets(x.shape[1], x.device)).permute(2, 0, 1)[None]
        scores = torch.matmul(query, key.transpose(2, 3))
        weights = F.softmax(scores if bias is None else scores + bias, -1)
        return self.o(torch.matmul(weights, value).transpose(1, 2).flatten(2)), bias

    def _buckets(self, length: int, device: torch.device) -> Tensor:
        place = torch.arange(length, device=device)
        apart = place[None] - place[:, None]
        return (apart.clamp(-31, 0) + 31) if self.causal else (apart.clamp(-15, 16) + 15)


class _T5Layer(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int, *, first: bool, decoder: bool) -> None:
        super().__init__()
        self.norms = nn.ModuleList(_RMSNorm(width) for _ in range(3 if decoder else 2))
        self.attend = _T5Attention(width, heads, first=first, causal=decoder)
        self.look = _T5Attention(width, heads) if decoder else None
        self.wi, self.wo = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor, bias: Tensor | None, memory: Tensor | None) -> tuple[Tensor, Tensor | None]:
        given = self.norms[0](x)
        mixed, bias = self.attend(given, given, bias)
        x = x + mixed
        if self.look is not None:
            x = x + self.look(self.norms[1](x), memory, None)[0]
        return x + self.wo(F.relu(self.wi(self.norms[-1](x)))), bias


class T5(nn.Module):
    """An encoder and a decoder; one embedding for what both read and for what is written."""

    def __init__(
        self, words: int = 32128, width: int = 512, heads: int = 8, hidden: int = 2048, depth: int = 6
    ) -> None:
        super().__init__()
        self.shared = nn.Embedding(words, width)

        def stack(decoder: bool) -> nn.ModuleList:
            layers = (
                _T5Layer(width, heads, hidden, first=not index, decoder=decoder) for index in range(depth)
            )
            return nn.ModuleList(layers)

        self.encoder, self.decoder = stack(False), stack(True)
        self.encoder_norm, self.decoder_norm = _RMSNorm(width), _RMSNorm(width)

    def forward(self, input_ids: Tensor, decoder_input_ids: Tensor) -> Any:
        memory, bias = self.shared(input_ids), None
        for layer in self.encoder:
            memory, bias = layer(memory, bias, None)
        memory = self.encoder_norm(memory)
        x, bias = self.shared(decoder_input_ids), None
        for layer in self.decoder:
            x, bias = layer(x, bias, memory)
        x = self.decoder_norm(x)
        return (x * x.shape[-1] ** -0.5) @ self.shared.weight.T


class _LlamaLayer(nn.Module):
    def __init__(self, width: int, hidden: int, heads: int, shared: int) -> None:
        super().__init__()
        self.heads, self.side = heads, width // heads
        small = self.side * shared
        self.q_proj, self.o_proj = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.k_proj, self.v_proj = nn.Linear(width, small, bias=False), nn.Linear(width, small, bias=False)
        self.gate_proj, self.up_proj = (
            nn.Linear(width, hidden, bias=False),
            nn.Linear(width, hidden, bias=False),
        )
        self.down_proj = nn.Linear(hidden, width, bias=False)
        self.norm1, self.norm2 = nn.RMSNorm(width, 1e-5), nn.RMSNorm(width, 1e-5)

    def forward(self, x: Tensor, turned: Tensor) -> Any:
        given = self.norm1(x)
        split = (self.q_proj(given), self.k_proj(given), self.v_proj(given))
        query, key, value = (one.unflatten(-1, (-1, self.side)).transpose(1, 2) for one in split)
        query, key = _turn(query, turned), _turn(key, turned)
        key, value = (one.repeat_interleave(self.heads // one.shape[1], 1) for one in (key, value))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.o_proj(mixed.transpose(1, 2).flatten(2))
        given = self.norm2(x)
        return x + self.down_proj(F.silu(self.gate_proj(given)) * self.up_proj(given))


def _turn(x: Tensor, angles: Tensor) -> Tensor:
    """Return every pair of elements turned by its angle (rotary positions)."""
    left, right = x.chunk(2, -1)
    return x * angles.cos() + torch.cat([-right, left], -1) * angles.sin()


class Llama(nn.Module):
    """Llama: rotary positions, gated layers, and fewer heads for keys and values where `shared` is below `heads`."""

    def __init__(
        self, words: int, width: int, hidden: int, heads: int, depth: int, shared: int | None = None
    ) -> None:
        super().__init__()
        self.side = width // heads
        self.embed_tokens = nn.Embedding(words, width)
        layers = (_LlamaLayer(width, hidden, heads, shared or heads) for _ in range(depth))
        self.layers, self.norm = nn.ModuleList(layers), nn.RMSNorm(width, 1e-5)
        self.lm_head = nn.Linear(width, words, bias=False)

    def forward(self, ids: Tensor) -> Any:
        x = self.embed_tokens(ids)
        speeds = 10000.0 ** (-torch.arange(0, self.side, 2, device=ids.device) / self.side)
        angles = torch.arange(ids.shape[1], device=ids.device)[:, None] * speeds
        turned = torch.cat([angles, angles], -1)
        for layer in self.layers:
            x = layer(x, turned)
        return self.lm_head(self.norm(x))


class LSTMModel(nn.Module):
    """Words, two layers of LSTM, and words again; gives the state too."""

    def __init__(self, words: int = 10000, width: int = 650, depth: int = 2) -> None:
        super().__init__()
        self.encoder, self.dropout = nn.Embedding(words, width), nn.Dropout(0.5)
        self.rnn = nn.LSTM(width, width, depth, dropout=0.5, batch_first=True)
        self.decoder = nn.Linear(width, words)

    def forward(self, ids: Tensor) -> tuple[Tensor, Any]:
        given, state = self.rnn(self.dropout(self.encoder(ids)))
        return self.decoder(self.dropout(given)), state


class Translator(nn.Module):
    """PyTorch's transformer between an embedding with sines and a linear layer."""

    def __init__(self, words: int = 37000, width: int = 512) -> None:
        super().__init__()
        self.embedding, self.width = nn.Embedding(words, width), width
        self.transformer = nn.Transformer(width, 8, 6, 6, 2048, batch_first=True)
        self.generator = nn.Linear(width, words, bias=False)
        self.generator.weight = self.embedding.weight

    def forward(self, source: Tensor, target: Tensor) -> Any:
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1], device=target.device)
        given = self.transformer(
            self._embedded(source), self._embedded(target), tgt_mask=mask, tgt_is_causal=True
        )
        return self.generator(given)

    def _embedded(self, ids: Tensor) -> Any:
        place = torch.arange(ids.shape[1], device=ids.device)[:, None]
        speed = torch.exp(
            torch.arange(0, self.width, 2, device=ids.device) * (-math.log(10000.0) / self.width)
        )
        sines = torch.stack([torch.sin(place * speed), torch.cos(place * speed)], -1).flatten(1)
        return self.embedding(ids) * math.sqrt(self.width) + sines
