"""The lengths of sequences in a batch: where they are numbers of ours, the longest is as long as the batch."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from archcheck.running.lengths import ours, packing
from tests.running_pages import run

PACK = packing(pack_padded_sequence)
PAGE = """\
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Encoder(nn.Module):
        def __init__(self, vocab_size, emb_dim, hid_dim):
            super().__init__()
            self.embedding = nn.Embedding(vocab_size, emb_dim)
            self.rnn = nn.GRU(emb_dim, hid_dim)

        def forward(self, src, src_len):
            # src = [src len, batch size]
            # src_len = [batch size]
            packed = pack_padded_sequence(self.embedding(src), src_len.to("cpu"))
            outputs, hidden = self.rnn(packed)
            outputs, _ = pad_packed_sequence(outputs)
            # outputs = [src len, batch size, hid dim]
            return outputs
    """


@pytest.mark.parametrize("batch_first", [False, True])
def test_the_longest_is_as_long_as_the_batch(batch_first: bool) -> None:
    batch = torch.zeros(2, 7, 3) if batch_first else torch.zeros(7, 2, 3)
    packed = PACK(batch, ours(torch.tensor([5, 1])), batch_first)
    padded, lengths = pad_packed_sequence(packed, batch_first)
    assert padded.shape == batch.shape
    assert lengths.tolist() == [7, 6]


def test_there_may_be_more_sequences_than_steps() -> None:
    _, lengths = pad_packed_sequence(PACK(torch.zeros(2, 4, 3), ours(torch.zeros(4, dtype=torch.int64))))
    assert lengths.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("lengths", [torch.tensor([5, 1]), [5, 1]])
def test_lengths_of_the_document_stay(lengths: object) -> None:
    _, found = pad_packed_sequence(PACK(torch.zeros(7, 2, 3), lengths))
    assert found.tolist() == [5, 1]


def test_what_is_wrong_is_said_by_pytorch() -> None:
    with pytest.raises((RuntimeError, IndexError)):
        PACK(torch.zeros(7), ours(torch.tensor([5, 1])))


def test_a_page_whose_sequences_are_padded_again() -> None:
    seen = {event.value for event in run(PAGE).events if isinstance(event.value, tuple)}
    given = next(shape for shape in seen if len(shape) == 2)
    assert any(shape[:2] == given for shape in seen if len(shape) == 3)
    assert not any(shape[1] == given[1] and shape[0] != given[0] for shape in seen if len(shape) == 3)
