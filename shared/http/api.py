"""The server as a dependency of the service methods that speak about it."""

from __future__ import annotations

from nameko.extensions import DependencyProvider

from shared.http.server import ApiServer


class Api(DependencyProvider):
    """`api = Api()` on a service class injects its ApiServer."""

    server = ApiServer()

    def get_dependency(self, worker: object) -> ApiServer:
        return self.server
