from __future__ import annotations

from pathlib import Path

import pytest

from vtl_desktop.core.errors import UsageError
from vtl_desktop.training import train_vithash
from vtl_desktop.training.recipe import read_recipe

RECIPES = train_vithash.default_recipe().parent


@pytest.mark.parametrize("path", sorted(RECIPES.glob("vithash_*.toml")), ids=lambda path: path.stem)
def test_every_recipe_that_ships_can_be_read(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.name == path.stem
    assert recipe.training.sizes[0][0] == 0
    assert recipe.losses.objective == ("csq" if "csq" in path.stem else "contrastive")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[losses]\nobjective = "triplets"', "no triplets"),
        ('[views]\nwithout = ["crop", "sparkle"]', "no sparkle"),
    ],
)
def test_what_there_is_not_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=named) as refused:
        read_recipe(path)
    assert "mine.toml" in refused.value.message
    assert "Known are: c" in refused.value.hint


def test_changes_to_leave_out_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[views]\nwithout = ["crop", "grey"]\n[training]\nsteps = 5')
    recipe = read_recipe(path)
    assert recipe.views.without == ("crop", "grey")
    assert recipe.training.steps == 5
    assert recipe.name == "mine"
