"""The deployment's files: no default secret, no open database, pinned images, every setting known."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.notifications.intake.__main__ import REQUIRED
from shared.config import Settings
from shared.messaging.topology import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
PLAN: dict[str, Any] = yaml.safe_load(COMPOSE)
PARTS: dict[str, dict[str, Any]] = PLAN["services"]
SECRET = re.compile(r"SECRET|PASSWORD|_KEY$")
NOT_ROOT_BY_THEMSELVES = {"prometheus", "grafana"}  # their images name a user
ONLY_AFTER_A_CHANGE = {  # empty until then
    "PRASAN_SECRET_KEY_PREVIOUS",
    "PRASAN_FINGERPRINT_KEY",
    "PRASAN_MONGO_PASSWORD_ROOT_OLD",
}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def variables(text: str) -> list[tuple[str, str, str]]:
    """Every ${NAME}, ${NAME:-default} and ${NAME:?message}, taken apart."""
    return [(name, form, rest) for name, form, rest in VARIABLE.findall(text)]


def settings_of(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in PARTS[service]["environment"].items()}


def test_no_secret_has_a_default() -> None:
    """Compose refuses to start where a secret is missing, and says what to do."""
    secrets = [found for found in variables(COMPOSE) if SECRET.search(found[0])]
    required = {name for name, form, message in secrets if form == ":?" and message}

    assert len(required) == 12
    assert {name for name, *_ in secrets} - required == ONLY_AFTER_A_CHANGE
    assert all(form == ":-" and not rest for name, form, rest in secrets if name in ONLY_AFTER_A_CHANGE)


def test_no_secret_is_written_down() -> None:
    """Every password in an address comes from a variable of its own."""
    for name, value in [item for part in PARTS.values() for item in part.get("environment", {}).items()]:
        if SECRET.search(name):
            assert VARIABLE.fullmatch(value), name
        assert not re.search(r"://\w+:[^$@/]*@", value), name


def test_only_the_proxy_is_reached_from_outside() -> None:
    """Nothing else publishes a port; what is for operators is bound to this machine's loopback."""
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}

    assert list(published) == ["proxy"]
    assert [port.rpartition(":")[2] for port in published["proxy"]] == ["8080", "8443", "8444"]
    assert published["proxy"][2].startswith("127.0.0.1:")
    assert PLAN["networks"]["inside"]["internal"] is True


def test_only_who_must_has_a_way_out() -> None:
    """The proxy to the world, the others to the mail server and the mailbox."""
    reach = {name for name, part in PARTS.items() if "outside" in part["networks"]}

    assert reach == {"proxy", "notifications", "intake", "cli"}


@pytest.mark.parametrize("name", [name for name, part in PARTS.items() if "prasan:" not in part["image"]])
def test_images_are_pinned(name: str) -> None:
    """An upgrade of the broker or the database is somebody's decision."""
    tag = PARTS[name]["image"].partition(":")[2]

    assert re.match(r"v?\d+\.\d+\.\d+", tag), PARTS[name]["image"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_only_settings_that_exist(service: str) -> None:
    """Every variable is one of Settings', and the README says what it does."""
    known = {field.name.upper() for field in fields(Settings)}
    readme = (ROOT / "README.md").read_text()

    for name in settings_of(service):
        assert name in known
        assert f"`{name}`" in readme


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_own_passwords_only(service: str) -> None:
    """Its user, its database, and nobody else's secrets."""
    given = "\n".join(settings_of(service).values())
    others = [other.upper() for other in SERVICES if other != service]

    assert f"PRASAN_AMQP_PASSWORD_{service.upper()}" in given
    assert f"PRASAN_MONGO_PASSWORD_{service.upper()}" in given
    assert not any(f"PASSWORD_{other}" in given for other in (*others, "ROOT", "OPERATOR"))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_what_it_needs(service: str) -> None:
    """Broker and database are healthy and migrated before it starts."""
    part = PARTS[service]

    assert {name: on["condition"] for name, on in part["depends_on"].items()} == {
        "broker": "service_healthy",
        "database": "service_healthy",
        "migrate": "service_completed_successfully",
    }
    assert part["command"] == ["python", "-m", f"services.{service}"]


@pytest.mark.parametrize("name", PARTS)
def test_everything_is_watched(name: str) -> None:
    """By its image's own health check, by one written here, or because others wait for it to end."""
    part = PARTS[name]
    by_its_image = part["image"].startswith("prasan:") and "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()

    assert by_its_image or part["healthcheck"]
    assert (part["restart"] == "no") == (part.get("healthcheck") == {"disable": True})


@pytest.mark.parametrize("name", PARTS)
def test_nothing_can_do_much_harm(name: str) -> None:
    """No root, no capabilities, nothing to write to, and a bound on memory, processor and logs."""
    part = PARTS[name]

    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "no-new-privileges:true" in part["security_opt"]
    assert part["mem_limit"] and part["cpus"] <= 1.0
    assert part["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert part.get("user") not in ("root", "0", "0:0")
    assert part["image"].startswith("prasan:") or name in NOT_ROOT_BY_THEMSELVES or part["user"]


def test_the_image_is_not_root() -> None:
    """The user is a number, so that the engine can see that it is not root."""
    assert re.findall(r"^USER (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE) == ["10001:10001"]


@pytest.mark.parametrize(
    "name", [name for name, part in PARTS.items() if "resources" in part.get("deploy", {})]
)
def test_a_swarm_bounds_what_compose_bounds(name: str) -> None:
    """The same limits, said in each one's words."""
    limits = PARTS[name]["deploy"]["resources"]["limits"]

    assert limits == {"memory": PARTS[name]["mem_limit"], "cpus": str(PARTS[name]["cpus"])}


def test_any_number_of_a_service_can_run() -> None:
    """No fixed name and no port of the host; how many lasts from one `make up` to the next."""
    for service in SERVICES:
        assert PARTS[service]["deploy"]["replicas"] == f"${{{service.upper()}_REPLICAS:-1}}"
    assert not any(PARTS[service].keys() & {"container_name", "ports", "hostname"} for service in SERVICES)


def test_mail_is_held_until_somebody_decides() -> None:
    """Neither compose nor a fresh .env sends anything."""
    assert settings_of("notifications")["MAIL_MODE"] == "${MAIL_MODE:-}"
    assert Settings().mail_mode == "hold"


def test_what_comes_back_is_taken_from_the_first_start_on() -> None:
    """Without a sender nothing can come back; a fresh .env makes the intake wait, not end."""
    defaults = {
        name: VARIABLE.sub(lambda found: "" if found[2] == ":?" else found[3], value)
        for name, value in settings_of("intake").items()
    }
    given = defaults | {"PRASAN_SECRET_KEY": "0123456789abcdef" * 2}
    settings = Settings.from_environment(given, required=REQUIRED)

    assert "profiles" not in PARTS["intake"]
    assert settings.mail_from.endswith(".invalid") and settings.mail_mode == "hold"
    assert settings.lmtp_address == "0.0.0.0:8024" and not settings.imap_url


def test_files_that_are_mounted_exist() -> None:
    """Each bind mount names a file or a folder of the repository."""
    mounts = [mount for part in PARTS.values() for mount in part["volumes"] if ":" in str(mount)]
    assert all(mount["type"] == "tmpfs" for mount in mounts if isinstance(mount, dict))
    mounts = [mount for mount in mounts if isinstance(mount, str)]
    for source in (mount.split(":")[0] for mount in mounts):
        assert not source.startswith("./") or (ROOT / source).exists(), source
        assert source.startswith("./") or source in PLAN["volumes"], source


@pytest.fixture
def fresh_env(tmp_path: Path) -> Path:
    """What `make up` writes where there is none."""
    file = tmp_path / "env"
    write_env(file)
    return file


def write_env(file: Path) -> None:
    environment = {**os.environ, "ENV_FILE": str(file)}
    subprocess.run([ROOT / "deploy" / "operate.sh", "env"], env=environment, check=True, capture_output=True)


def values_of(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_a_fresh_env_satisfies_compose(fresh_env: Path) -> None:
    """It has every variable that compose demands, all secrets differ, and only its owner can read it."""
    values = values_of(fresh_env)
    demanded = {name for name, form, _ in variables(COMPOSE) if form == ":?"}
    secrets = [values[name] for name in demanded]

    assert demanded <= values.keys()
    assert len(set(secrets)) == len(secrets) and min(map(len, secrets)) >= 32
    assert values["MAIL_MODE"] == "hold"
    assert stat.S_IMODE(fresh_env.stat().st_mode) == 0o600


def test_a_fresh_env_makes_valid_settings(fresh_env: Path) -> None:
    """What compose hands to each service is accepted by it."""
    values = values_of(fresh_env)
    for service in SERVICES:
        filled = {
            name: VARIABLE.sub(lambda found: values.get(found[1], ""), value)
            for name, value in settings_of(service).items()
        }
        assert Settings.from_environment(filled).http_address.startswith("0.0.0.0:")


def test_an_existing_env_is_never_touched(fresh_env: Path) -> None:
    """Secrets that seal people's addresses are not written over."""
    before = fresh_env.read_text()
    write_env(fresh_env)

    assert fresh_env.read_text() == before


def test_what_the_code_reads_at_run_time_is_in_the_wheel() -> None:
    """Each data file's kind is among those that the package carries."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    packages = [ROOT / name for name in ("shared", "services", "prasan")]
    files = [file for package in packages for file in package.rglob("*") if file.is_file()]
    data = [file for file in files if file.suffix not in (".py", ".pyc")]

    forgotten = [file for file in data if not any(file.match(pattern) for pattern in patterns)]
    assert not forgotten
