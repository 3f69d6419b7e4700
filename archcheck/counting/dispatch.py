"""The window on PyTorch's operators: what runs while a block runs, below autograd."""

from __future__ import annotations

from torch.utils._python_dispatch import TorchDispatchMode


class Dispatch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A mode whose `__torch_dispatch__` gets every operator, and those that take functions (`flex_attention`)."""

    supports_higher_order_operators = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that the compiler need not be kept out of here: to keep it out, PyTorch would import it."""
        return False
