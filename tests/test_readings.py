"""What a number is that is not what it says: candidates worked out by hand, exact sentences."""

from __future__ import annotations

import pytest

from archcheck.errors import UsageError
from archcheck.readings import Part, Quantity, Totals, hint, in_binary, read_claim, readings, sentence
from archcheck.units import Stated, read_stated

# AlexNet of "One weird trick" (https://arxiv.org/abs/1404.5997), by hand: MACs, parameters and biases of each layer
CONVS = (
    (70_276_800, 23_296, 64, 193_600),
    (223_948_800, 307_392, 192, 139_968),
    (112_140_288, 663_936, 384, 64_896),
)
MORE = ((149_520_384, 884_992, 256, 43_264), (99_680_256, 590_080, 256, 43_264))
DENSE = (
    (37_748_736, 37_752_832, 4096, 4096),
    (16_777_216, 16_781_312, 4096, 4096),
    (4_096_000, 4_097_000, 1000, 1000),
)
ALEXNET = Totals(
    714_188_480,
    1_430_080_104,
    61_100_840,
    (
        *(Part("Conv2d", macs, 2 * macs, params, bias, adds) for macs, params, bias, adds in (*CONVS, *MORE)),
        *(Part("Linear", macs, 2 * macs, params, bias, adds) for macs, params, bias, adds in DENSE),
    ),
    {"fvcore": (714_197_696, "flops")},
)

SAID = [
    # claim, what is said of it, why
    ("0.714GFLOPs", "0.714 GFLOPs is the number of MACs (714,188,480); FLOPs are 1.43 G", "MACs called FLOPs"),
    ("714M FLOPs", "714 MFLOPs is the number of MACs (714,188,480); FLOPs are 1.43 G", "the same in millions"),
    ("1.43 GFLOPs", "1.43 GFLOPs is right: the number of FLOPs, 1,430,080,104", "as it is stated"),
    ("714 MMACs", "714 MMACs is right: the number of MACs, 714,188,480", "as it is stated"),
    ("1.4301 GMACs", "1.4301 GMACs is the number of FLOPs (1,430,080,104); MACs are 714 M", "FLOPs called MACs"),
    ("1.4284 GFLOPs", "1.4284 GFLOPs is right: the MACs as 2 operations each, 1,428,376,960; "
     "with all else counted, FLOPs are 1,430,080,104", "2 x 714,188,480: the field's other custom"),
    ("681.1 MMACs", "681.1 MMACs is the number of MACs, in units of 2^20 instead of 10^6 (714,188,480); MACs are 714 M",
     "714,188,480 / 1,048,576 = 681.1"),
    ("0.66514 GMACs", "0.66514 GMACs is the number of MACs, in units of 2^30 instead of 10^9 (714,188,480); "
     "MACs are 714 M", "714,188,480 / 1,073,741,824 = 0.66514"),
    ("714,682,664 MACs", "714,682,664 MACs is MACs and biases (714,682,664); MACs are 714 M", "494,184 biases"),
    ("655.57 MMACs", "655.57 MMACs is MACs of the convolutions alone (655,566,528); MACs are 714 M", "no head"),
    ("58.62 MMACs", "58.62 MMACs is MACs of the fully connected layers alone (58,621,952); MACs are 714 M", "the head"),
    ("714,197,696 FLOPs", "714,197,696 FLOPs is what fvcore calls flops (714,197,696); FLOPs are 1.43 G", "a tool"),
    ("2.1426 GMACs", "2.1426 GMACs is MACs of a forward and a backward pass, 3 times the forward one (2,142,565,440); "
     "MACs are 714 M", "3 x"),
    ("91.416 GMACs", "91.416 GMACs is MACs of 128 samples (91,416,125,440); MACs are 714 M", "128 x"),
    ("61.1M parameters", "61.1M parameters is right: the number of parameters, 61,100,840", "as it is stated"),
    ("58.3M params", "58.3M params is the number of parameters, in units of 2^20 instead of 10^6 (61,100,840); "
     "parameters are 61.1 M", "61,100,840 / 1,048,576 = 58.27"),
    ("61,090,496 weights", "61,090,496 weights is the parameters without biases (61,090,496); parameters are 61.1 M",
     "10,344 biases"),
    ("2.47M params", "2.47M params is the parameters of the convolutions alone (2,469,696) ...", "or all but the head"),
    ("57.0M params", "57.0M params is the parameters without the last layer (57,003,840); parameters are 61.1 M", ""),
    ("244MB", "244 MB is right: the parameters in float32, 244,403,360", "4 bytes each"),
    ("233 MiB", "233 MiB is right: the parameters in float32, 244,403,360", "/ 1,048,576 = 233.08"),
    ("233 MB", "233 MB is the parameters in float32, in units of 2^20 instead of 10^6 (244,403,360); "
     "the parameters in float32 are 244 M bytes",
     "MiB called MB"),
    ("122.2 MB", "122.2 MB is the parameters in float16 (122,201,680); the parameters in float32 are 244 M bytes",
     "2 bytes each"),
    ("4 GB", "4 GB is nothing that was worked out: the parameters in float32 are 244,403,360 bytes", "of what"),
    ("60M parameters", "60M parameters is nothing that was worked out: parameters are 61,100,840", "the paper's"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "said", "why"), SAID)
def test_what_is_said_of_a_claim(claim: str, said: str, why: str) -> None:
    claimed = read_claim(claim)
    found = readings(claimed.stated, claimed.quantity, ALEXNET)
    first = sentence(claimed, found[0] if found else None, ALEXNET)
    if said.endswith(" ..."):
        assert first.startswith(said.removesuffix(" ...")), why
    else:
        assert first == said, why


@pytest.mark.parametrize("claim", ["0.7 GFLOPs", "3 GMACs", "1.3 GFLOPs"])
def test_a_vague_number_is_not_explained_by_what_is_far_fetched(claim: str) -> None:
    claimed = read_claim(claim)
    words = [one.words for one in readings(claimed.stated, claimed.quantity, ALEXNET)]
    assert words == (["the number of MACs"] if "0.7" in claim else [])


BAD = ["", "0.714", "GFLOPs", "0.714 GFLUPs", "1,5M params", "-3 MACs", "6.11 params", "9" * 80 + " MACs"]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_claim_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_claim(text)
    assert str(raised.value) == (
        f"--claim {text!r}: needs a number and its unit, as in '0.714 GFLOPs', '1.4 GMACs', "
        "'60M parameters' or '240 MB'"
    )


def test_a_number_in_binary_units_keeps_its_precision() -> None:
    stated = read_stated("1.0M")
    assert stated is not None
    assert in_binary(stated) == Stated("1.0M", 996_148, 1_101_004), "0.95 and 1.05 times 1,048,576, inwards"
    assert in_binary(Stated("7", 7, 7)) == Stated("7", 7, 7)


HINTS: list[tuple[str, Quantity, str | None]] = [
    ("714M", "flops", "714M is the number of MACs (714,188,480)"),
    ("1.428G", "macs", "1.428G is the MACs as 2 operations each (1,428,376,960)"),
    ("1.4284G", "flops", "1.4284G is the MACs as 2 operations each (1,428,376,960)"),
    ("61.1M", "params", None),
    ("60M", "params", None),
]


@pytest.mark.parametrize(("text", "quantity", "said"), HINTS)
def test_the_hint_of_a_check(text: str, quantity: Quantity, said: str | None) -> None:
    stated = read_stated(text)
    assert stated is not None
    assert hint(stated, quantity, ALEXNET) == said


def test_nothing_is_said_of_what_is_unknown() -> None:
    unknown = Totals(None, None, None, (Part("Conv2d", None, None, None, None, None),))
    for quantity in ("macs", "flops", "params", "bytes"):
        claimed = read_claim({"params": "5M params", "bytes": "5 MB"}.get(quantity, f"5 M{quantity}"))
        assert readings(claimed.stated, claimed.quantity, unknown) == ()
        assert sentence(claimed, None, unknown).endswith(" are not known, for not every operator has a rule")
