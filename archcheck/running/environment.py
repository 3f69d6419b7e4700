"""The environment of the processes in which documents run: what Python needs, and nothing of the user's."""

from __future__ import annotations

import os
from pathlib import Path

_KEPT = (
    *(
        "PATH",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "SYSTEMROOT",
        "WINDIR",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    ),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME"),
)
"""Of the user's environment only what Python needs to start: the rest may be secrets."""


def environment(folder: Path, device: str) -> dict[str, str]:
    """Return the environment that a document's code sees: what Python needs, and `folder` as every home."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    homes = (
        "HOME",
        "USERPROFILE",
        "TMPDIR",
        "TEMP",
        "TMP",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "TORCH_HOME",
    )
    made = {name: str(folder) for name in homes}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2")
    if device.startswith("cuda"):
        kept |= {name: value for name, value in os.environ.items() if name.startswith(("CUDA_", "NVIDIA_"))}
    else:
        made["CUDA_VISIBLE_DEVICES"] = ""
    return {
        **kept,
        **made,
        **threads,
        "PYTHONPATH": os.pathsep.join(_import_path()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
        "MALLOC_ARENA_MAX": "2",
        "TORCHDYNAMO_DISABLE": "1",
    }


def _import_path() -> list[str]:
    """Return `PYTHONPATH` for another folder, with our own package where that is not installed."""
    ours = Path(__file__).resolve().parents[2]
    given = [str(Path(one).resolve()) for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    installed = ours.name in ("site-packages", "dist-packages")
    return given if installed or str(ours) in given else [str(ours), *given]
