"""A catch-all mailbox with the few paths of Mailpit that Prasan's deployment and its rehearsal use.

SMTP is on 1025, HTTP on 8025 under MP_WEBROOT; mail is kept in memory. MP_SMTP_AUTH ("user:password") makes
logging in a must for who sends, MP_UI_AUTH for who reads.
"""

import base64
import json
import os
import threading
import uuid
import zlib
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

ACCOUNTS = dict(pair.split(":", 1) for pair in os.environ.get("MP_SMTP_AUTH", "").split())
WEBROOT = "/" + os.environ.get("MP_WEBROOT", "").strip("/")
READERS = os.environ.get("MP_UI_AUTH", "").split()
messages = []
lock = threading.Lock()


def read(identity, raw, sender, recipients):
    parsed = message_from_bytes(raw, policy=policy.default)
    body = parsed.get_body(("plain",))
    page = parsed.get_body(("html",))
    return {
        "ID": identity,
        "MessageID": str(parsed.get("Message-ID", "")).strip("<>"),
        "From": {"Name": "", "Address": str(parsed.get("From", ""))},
        "To": [{"Name": "", "Address": address} for address in recipients],
        "ReplyTo": [
            {"Name": each.display_name, "Address": each.addr_spec}
            for each in getattr(parsed["Reply-To"], "addresses", ())
        ],
        "ReturnPath": sender,
        "Subject": str(parsed.get("Subject", "")),
        "Text": body.get_content() if body else "",
        "HTML": page.get_content() if page else "",
        "Headers": {name: parsed.get_all(name) for name in set(parsed.keys())},
    }


class Keep:
    async def handle_DATA(self, server, session, envelope):
        identity = uuid.uuid4().hex
        shown = read(identity, envelope.original_content, envelope.mail_from, envelope.rcpt_tos)
        # thousands of them, in a container's memory: only what the list shows, and the mail made small
        message = {name: shown[name] for name in ("ID", "MessageID", "From", "To", "Subject")}
        message["sender"], message["raw"] = envelope.mail_from, zlib.compress(envelope.original_content)
        with lock:
            messages.append(message)
        return "250 2.0.0 Ok: queued"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        path = address.path.removeprefix(WEBROOT.rstrip("/"))
        if path in ("/livez", "/readyz"):
            return self.answer(200, b"ok", "text/plain")
        if not self.known():
            return self.answer(401, b"who are you?", "text/plain")
        if path == "/api/v1/messages":
            return self.listing(parse_qs(address.query))
        identity = path.removeprefix("/api/v1/message/")
        with lock:
            found = next((m for m in messages if m["ID"] == identity.removesuffix("/raw")), None)
        if not found:
            return self.answer(404, b"not found", "text/plain")
        raw = zlib.decompress(found["raw"])
        if identity.endswith("/raw"):
            return self.answer(200, raw, "text/plain")
        shown = read(found["ID"], raw, found["sender"], [each["Address"] for each in found["To"]])
        return self.answer(200, json.dumps(shown).encode(), "application/json")

    def known(self):
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        return not READERS or base64.b64decode(given).decode() in READERS

    def listing(self, query):
        start, limit = int(query.get("start", ["0"])[0]), int(query.get("limit", ["50"])[0])
        with lock:
            newest = messages[::-1]
        shown = [{n: m[n] for n in ("ID", "MessageID", "From", "To", "Subject")} for m in newest]
        body = {"total": len(newest), "count": len(shown[start:][:limit]), "messages": shown[start:][:limit]}
        self.answer(200, json.dumps(body).encode(), "application/json")

    def answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """One line a request helps nobody."""


def login(server, session, envelope, mechanism, credentials):
    well = isinstance(credentials, LoginPassword) and (
        ACCOUNTS.get(credentials.login.decode()) == credentials.password.decode()
    )
    return AuthResult(success=well, handled=False)


def serve():
    Controller(
        Keep(),
        hostname="0.0.0.0",
        port=1025,
        data_size_limit=50_000_000,
        authenticator=login if ACCOUNTS else None,
        auth_require_tls=False,
        auth_required=bool(ACCOUNTS),
    ).start()
    print("accessible via port 1025 and 8025", flush=True)
    ThreadingHTTPServer(("", 8025), Pages).serve_forever()


serve()
