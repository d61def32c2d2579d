"""The base images that docker-compose.yml and the Dockerfile name: pulled, or stood in for.

A stand-in carries the very name of the image it stands in for, so that nothing else has to change; it is
made only on an engine of our own. `standins/` has a recipe for each.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rehearsal.errors import CannotRun, CommandFailed
from rehearsal.shell import Shell

RECIPES = Path(__file__).parent / "standins"
BASE, PYTHON = "prasan-rehearsal/debian:13", "prasan-rehearsal/python:3.13"
_LABEL = "prasan.rehearsal.recipe"
_CERTIFICATES = "etc/ssl/rehearsal.pem"
_PIP = ("index-url", "extra-index-url", "trusted-host", "proxy")  # of this machine's pip, if it has any
_REGISTRY_ANSWERS_WITHIN = 20.0  # seconds
_PULL_SECONDS = 1200.0

# The last part of an image's name, and the recipe that stands in for it.
STAND_INS: Mapping[str, str] = {
    "python": "python",
    "rabbitmq": "rabbitmq",
    "mongo": "mongo",
    "caddy": "caddy",
    "mailpit": "mailpit",
    "prometheus": "prometheus",
    "grafana": "grafana",
}

Say = Callable[[str], None]


def images_of_dockerfile(text: str) -> list[str]:
    """The images that FROM names, without the file's own stages."""
    stages = set(re.findall(r"(?im)^FROM\s+\S+\s+AS\s+(\S+)", text))
    named = re.findall(r"(?im)^FROM\s+(?:--platform=\S+\s+)?(\S+)", text)
    return list(dict.fromkeys(name for name in named if name not in stages))


def recipe_for(image: str) -> str | None:
    """The recipe that stands in for `docker.io/owner/name:tag`, or None."""
    name = image.split("@")[0].rpartition("/")[2].partition(":")[0]
    return STAND_INS.get(name)


class Images:
    """What is there, what can be pulled, and what has to be stood in for."""

    def __init__(self, shell: Shell, home: Path, say: Say) -> None:
        self._shell, self._home, self._say = shell, home, say

    def provide(self, images: Iterable[str], *, may_stand_in: bool) -> list[str]:
        """Makes every image available; returns those that are stand-ins. Raises CannotRun."""
        wanted = list(dict.fromkeys(images))
        absent = [image for image in wanted if not self._is_real(image)]
        if not absent:
            return []
        if self._registry_answers(absent[0]):
            for image in absent:
                self._say(f"pulling {image}")
                self._shell.run("docker", "pull", "--quiet", image, seconds=_PULL_SECONDS)
            return []
        if not may_stand_in:
            raise CannotRun(
                f"No image registry answers, and {absent[0]} is not on this engine, which is not ours:"
                " nothing is stood in for there."
            )
        self._make_stand_ins(absent)
        return absent

    def _is_real(self, image: str) -> bool:
        found = self._shell.attempt("docker", "image", "inspect", image, "--format", _label_template())
        return found.code == 0 and not _label_in(found.output)

    def _registry_answers(self, image: str) -> bool:
        try:
            asked = self._shell.attempt(
                "docker", "manifest", "inspect", image, seconds=_REGISTRY_ANSWERS_WITHIN
            )
        except CommandFailed:
            return False
        return asked.code == 0

    def _make_stand_ins(self, images: Iterable[str]) -> None:
        unknown = [image for image in images if recipe_for(image) is None]
        if unknown:
            raise CannotRun(f"No image registry answers, and nothing stands in for {', '.join(unknown)}.")
        base = self._base()
        self._build("python", PYTHON, base)
        for image in images:
            if recipe_for(image) == "python":
                self._shell.run("docker", "tag", PYTHON, image)
            else:
                self._build(str(recipe_for(image)), image, base)

    def _build(self, recipe: str, image: str, base: str) -> None:
        version = _fingerprint(RECIPES / recipe, base)
        if self._has(image, version):
            return
        self._say(f"making a stand-in for {image}")
        build = ("docker", "build", "--quiet", "--label", f"{_LABEL}={version}", "--tag", image)
        try:
            self._shell.run(*build, str(RECIPES / recipe), seconds=900)
        except CommandFailed as error:
            raise CannotRun(f"No stand-in for {image} could be made: {error}") from error

    def _has(self, image: str, version: str) -> bool:
        found = self._shell.attempt("docker", "image", "inspect", image, "--format", _label_template())
        return found.code == 0 and _label_in(found.output) == version

    def _base(self) -> str:
        """Debian 13 as an image; returns what tells one such image from another."""
        settings = _pip_settings()
        version = hashlib.sha256(settings.encode() + b"2").hexdigest()[:16]
        if self._has(BASE, version):
            return version
        self._say("making Debian 13 with debootstrap")
        root = self._home / "debian-13"
        shutil.rmtree(root, ignore_errors=True)
        try:
            self._debootstrap(root)
            _bring_settings(root, settings)
            self._compose_plugin(root)
            self._shell.run("chroot", str(root), "sh", "-c", "apt-get clean; rm -rf /var/lib/apt/lists/*")
            archive = self._home / "debian-13.tar"
            self._shell.run("tar", "-C", str(root), "-cf", str(archive), ".")
            change = [f"LABEL {_LABEL}={version}"]
            change += [f"ENV {name}=/{_CERTIFICATES}" for name in ("PIP_CERT", "NODE_EXTRA_CA_CERTS")]
            changes = [argument for line in change for argument in ("--change", line)]
            self._shell.run("docker", "import", *changes, str(archive), BASE)
            archive.unlink()
        finally:
            shutil.rmtree(root, ignore_errors=True)
        self._try_a_container()
        return version

    def _debootstrap(self, root: Path) -> None:
        try:
            self._shell.run(
                "debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", str(root)
            )
        except CommandFailed as error:
            raise CannotRun(
                f"No image registry answers, and debootstrap cannot make Debian 13: {error}"
            ) from error

    def _try_a_container(self) -> None:
        """An engine may answer and still start nothing: cgroups, namespaces, mounts."""
        try:
            self._shell.run("docker", "run", "--rm", "--memory", "64m", BASE, "true", seconds=60)
        except CommandFailed as error:
            raise CannotRun(f"An engine starts here, but no container does: {error}") from error

    def _compose_plugin(self, root: Path) -> None:
        """Debian 13's docker-compose holds Compose 2 as one static program: kept for whoever has none."""
        target = self._home / "config" / "cli-plugins" / "docker-compose"
        if target.exists():
            return
        package = root / "tmp" / "compose"
        package.mkdir()
        shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
        try:
            self._shell.run(
                "chroot", str(root), "sh", "-c", "cd /tmp/compose && apt-get download -q docker-compose"
            )
            deb = next(package.glob("*.deb"))
            self._shell.run("dpkg-deb", "--extract", str(deb), str(package))
            target.parent.mkdir(parents=True, exist_ok=True)
            plugin = next(
                p for p in package.rglob("docker-compose") if p.is_file() and p.stat().st_size > 1e6
            )
            shutil.move(plugin, target)
        finally:
            shutil.rmtree(package, ignore_errors=True)


def _label_template() -> str:
    return f'{{{{index .Config.Labels "{_LABEL}"}}}}'


def _label_in(output: str) -> str:
    """Empty for an image that is not a stand-in."""
    return output.strip().replace("<no value>", "")


def _fingerprint(recipe: Path, base: str) -> str:
    """Changes with any file of the recipe, and with what it is built on."""
    digest = hashlib.sha256(base.encode())
    for path in sorted(recipe.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _pip_settings() -> str:
    """Where this machine's pip finds packages, as a pip.conf: builds in containers need the same."""
    listed = subprocess.run(["pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    lines = ["[global]"]
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in _PIP and not any(known.startswith(f"{option} ") for known in lines):
            lines.append(f"{option} = {value.strip().strip(chr(39))}")
    return "\n".join(lines) + "\n"


def _bring_settings(root: Path, settings: str) -> None:
    """The certificates that this machine trusts, and its pip's settings."""
    (root / "etc" / "pip.conf").write_text(settings)
    trusted = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    trusted = trusted or "/etc/ssl/certs/ca-certificates.crt"
    if not Path(trusted).exists():
        trusted = str(root / "etc" / "ssl" / "certs" / "ca-certificates.crt")
    shutil.copy(trusted, root / _CERTIFICATES)
