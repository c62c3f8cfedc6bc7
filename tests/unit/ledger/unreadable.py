"""Models of which nothing but the name can be read: what stops them has to work all the same."""

from __future__ import annotations

import pytest

from perennial.settings import Settings


def install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the folders of `m` and `another`, and let commands and tasks find this installation."""
    for name in ("m", "another"):
        (settings.models / name).mkdir()
        (settings.models / name / "model.yaml").write_text("name: a spec that cannot be honoured\n")
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_MODELS", str(settings.models))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
