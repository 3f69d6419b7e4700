"""`tests/published/transformers_state_dicts.json`: what the models of transformers hold that shipped specs are of.

    python -m tests.generators.transformers_record

Not one of the generators of `tests.generate`, and not imported by any test: it needs transformers, which archcheck
does not. Run it in an environment that has it, from the root of the repository.
"""

from __future__ import annotations

import importlib
from typing import Any

from tests.generators.torchvision_record import lines_of, write_record

MODELS: dict[str, tuple[str, str, dict[str, int]]] = {
    "bert_base": ("BertModel", "BertConfig", {}),
    "gpt2_small": ("GPT2LMHeadModel", "GPT2Config", {}),
    "llama2_7b": ("LlamaForCausalLM", "LlamaConfig", {"vocab_size": 32000}),
}
"""Each network's class there, the class of its settings, and the settings that are not their defaults."""


def main() -> None:
    """Write the file; the models are made on the meta device, where they need no memory."""
    transformers, torch = importlib.import_module("transformers"), importlib.import_module("torch")

    def state(model: str, settings: str, given: dict[str, int]) -> Any:
        with torch.device("meta"):
            made = getattr(transformers, model)(getattr(transformers, settings)(**given))
        return made.state_dict()

    states = {name: lines_of(state(*of)) for name, of in MODELS.items()}
    library = ("transformers", transformers.__version__)
    write_record("transformers_state_dicts.json", library, states, indent=0)


if __name__ == "__main__":
    main()
