"""What the command makes of answers that a healthy service would never give, and of long lists."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from prasan.cli import main

SECRET = "q7Wm-3kZ0pXr9sLv5tYb8nHc1dGf4jAe6uRi2oTxC"
Respond = Callable[[str, Mapping[str, list[str]]], tuple[int, str, bytes]]


class Stranger:
    """Something that listens where a service should; `respond` says what it answers."""

    def __init__(self) -> None:
        self.respond: Respond = lambda path, query: (404, "text/plain", b"")
        self.seen: list[str] = []
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                stranger.seen.append(self.path)
                status, kind, body = stranger.respond(url.path, parse_qs(url.query))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *arguments: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    stranger = Stranger()
    yield stranger
    stranger.server.shutdown()
    stranger.server.server_close()


def run(stranger: Stranger, *arguments: str) -> Result:
    environment = {f"{name}_URL": stranger.url for name in ("PROJECTS", "PARTNERS", "NOTIFICATIONS")}
    return CliRunner().invoke(
        main, [*arguments, "--lang", "en"], env={**environment, "PRASAN_SECRET_KEY": SECRET}
    )


STRANGE = {
    "a proxy's page": (502, "text/html", b"<html>Bad Gateway</html>"),
    "an empty error": (500, "text/plain", b""),
    "JSON that is no problem": (400, "application/json", b"[1]"),
    "a page instead of a list": (200, "text/html", "<html>สวัสดี</html>".encode()),
    "a list without items": (200, "application/json", b"{}"),
    "items that are none": (200, "application/json", b'{"items": 5}'),
    "half of an answer": (200, "application/json", b'{"items": ['),
    "nothing": (204, "application/json", b""),
    "somewhere else": (302, "text/plain", b""),
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("command", [("dead-letters", "list"), ("deliveries",), ("token", "list")])
def test_a_strange_answer_is_reported_and_never_a_traceback(
    stranger: Stranger, answer: tuple[int, str, bytes], command: tuple[str, ...]
) -> None:
    """Exit 1 with the service's name; whatever listened there is no Prasan service."""
    stranger.respond = lambda path, query: answer
    result = run(stranger, *command)
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "✘" in result.stderr and "Traceback" not in result.output


def test_a_problem_document_is_shown_with_its_fields(stranger: Stranger) -> None:
    """Title, detail and each wrong field are what the operator reads."""
    problem = {
        "type": "urn:prasan:problem:invalid", "title": "Something is wrong", "status": 422,
        "detail": "One field", "errors": [{"field": "/state", "code": "x", "message": "no such state"}],
    }  # fmt: skip
    body = json.dumps(problem).encode()
    stranger.respond = lambda path, query: (422, "application/problem+json", body)
    result = run(stranger, "deliveries")
    assert result.exit_code == 1
    assert all(
        words in result.stderr for words in ("Something is wrong", "One field", "/state: no such state")
    )


def test_a_refused_token_says_which_secret_to_use(stranger: Stranger) -> None:
    """401: the services have another PRASAN_SECRET_KEY, and the text says so."""
    stranger.respond = lambda path, query: (401, "application/problem+json", b'{"title": "no"}')
    assert "PRASAN_SECRET_KEY" in run(stranger, "outbox").stderr


def test_a_long_list_is_read_page_after_page(stranger: Stranger) -> None:
    """Every page is asked for with the cursor of the one before; JSON has them all."""

    def respond(path: str, query: Mapping[str, list[str]]) -> tuple[int, str, bytes]:
        after = int(query.get("after", ["0"])[0])
        items = [{"id": str(n), "state": "waiting", "queue": "q"} for n in range(after, after + 3)]
        page = {"items": items, "next": str(after + 3) if after < 6 else None}
        return 200, "application/json", json.dumps(page).encode()

    stranger.respond = respond
    result = run(stranger, "dead-letters", "list", "--service", "partners", "--json")
    assert [letter["id"] for letter in json.loads(result.stdout)] == [str(n) for n in range(9)]


def test_a_cursor_that_never_ends_is_left(stranger: Stranger) -> None:
    """A service that gives the same cursor for ever does not hold the command for ever."""
    page = json.dumps({"items": [], "next": "again"}).encode()
    stranger.respond = lambda path, query: (200, "application/json", page)
    assert run(stranger, "dead-letters", "list").exit_code == 1


def test_hostile_text_from_a_service_stays_text(stranger: Stranger) -> None:
    """Markup, control characters and right-to-left marks in a cause are shown, not obeyed."""
    letter = {"id": "1", "cause": "[red]x[/] \u202e \x1b[31m", "queue": "<b>", "state": "waiting"}
    body = json.dumps({"items": [letter], "next": None}).encode()
    stranger.respond = lambda path, query: (200, "application/json", body)
    result = run(stranger, "dead-letters", "list", "--service", "projects")
    assert result.exit_code == 0 and "[red]x[/]" in result.stdout and "\x1b[31m" not in result.stdout
