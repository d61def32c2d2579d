"""Which images a rehearsal needs, and what stands in for them."""

from __future__ import annotations

import pytest
import yaml

from rehearsal.deployment import ROOT
from rehearsal.images import RECIPES, images_of_dockerfile, recipe_for


def named_images() -> list[str]:
    """Every image that the deployment takes from elsewhere."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    images = {service["image"] for service in services if not service["image"].startswith("prasan:")}
    return sorted(images | set(images_of_dockerfile((ROOT / "Dockerfile").read_text())))


@pytest.mark.parametrize("image", named_images())
def test_every_image_of_the_deployment_has_a_stand_in(image: str) -> None:
    """A new image in docker-compose.yml needs a recipe, or machines without a registry rehearse nothing."""
    recipe = recipe_for(image)
    assert recipe is not None
    assert (RECIPES / recipe / "Dockerfile").is_file()


def test_stages_of_a_dockerfile_are_no_images() -> None:
    text = "FROM python:3.13 AS build\nRUN true\nFROM --platform=linux/amd64 debian:13\nFROM build AS last\n"
    assert images_of_dockerfile(text) == ["python:3.13", "debian:13"]


@pytest.mark.parametrize(
    ("image", "recipe"),
    [
        ("mongo:8.0.13", "mongo"),
        ("registry.example.org:5000/library/mongo:8@sha256:0123", "mongo"),
        ("prom/prometheus:v3.5.0", "prometheus"),
        ("postgres:17", None),
        ("mongo-express:1", None),
    ],
)
def test_the_last_part_of_a_name_decides(image: str, recipe: str | None) -> None:
    assert recipe_for(image) == recipe
