"""One service as a process of its own, the way it runs in production."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.testing.ports import free_port, is_free, wait_until_free
from shared.testing.process import Child

READY_SECONDS = 60
DEFAULT_PORTS = {"projects": 8001, "partners": 8002, "notifications": 8003}


class ServiceProcess(Child):
    """`python -m services.<service>` with an address of its own; `replica` tells several apart."""

    def __init__(
        self,
        service: str,
        environment: Mapping[str, str],
        run_dir: Path,
        replica: int = 0,
        port: int | None = None,
    ) -> None:
        self.service = service
        self.replica = replica
        self.port = port or free_port()
        name = f"{service}-{replica}"
        command = [sys.executable, "-m", f"services.{service}"]
        given = {**environment, "HTTP_ADDRESS": f"127.0.0.1:{self.port}"}
        super().__init__(name, command, given, run_dir / "services" / f"{name}.log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self, failpoints: str = "") -> None:
        """Starts it without waiting until it is ready; `failpoints` is for this start alone."""
        wait_until_free(self.port)
        self.environment["PRASAN_FAILPOINTS"] = failpoints
        super().start()

    def start(self, failpoints: str = "") -> None:
        """Starts it and returns once it is ready."""
        self.launch(failpoints)
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns once /readyz says so; raises DidNotStart with the end of the log."""
        self.wait_until(self.ready, seconds)

    def restart(self, failpoints: str = "") -> None:
        """In order if it still runs, otherwise just the start; ready when it returns."""
        self.stop()
        self.start(failpoints)

    def ready(self) -> bool:
        """What /readyz says now."""
        return self.readiness()[0] == 200

    def readiness(self) -> tuple[int, str]:
        """The status and body of /readyz; (0, the reason) where nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error)
        finally:
            connection.close()

    def log(self) -> str:
        """Everything it has printed since its first start."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def usual_port(service: str) -> int:
    """The port that the documentation names, or a free one where that is taken."""
    port = DEFAULT_PORTS[service]
    return port if is_free(port) else free_port()
