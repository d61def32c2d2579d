"""Real mail servers for tests: Debian's Dovecot and Postfix, each with its files and ports of its own.

Both need root, as both run their parts under other users; nothing of the machine's own servers is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from shared.testing.ports import answers, free_port
from shared.testing.process import Child

DOVECOT, POSTFIX_MASTER = "/usr/sbin/dovecot", "/usr/lib/postfix/sbin/master"
START_SECONDS = 30


class MailServersNotInstalled(RuntimeError):
    """Dovecot or Postfix is missing, or we are not root."""


def require_mail_servers() -> None:
    """Raises MailServersNotInstalled, with what to do."""
    missing = [program for program in (DOVECOT, POSTFIX_MASTER) if not Path(program).exists()]
    if missing or os.geteuid() != 0:
        raise MailServersNotInstalled(
            "Dovecot and Postfix are needed, and root to start them: deploy/setup.sh base mail"
        )


class Dovecot:
    """IMAP and LMTP over one mailbox: `user` gets every mail for its name, with any +detail."""

    user, password = "prasan", "only-for-tests"

    def __init__(self) -> None:
        self.directory = _open_directory("dovecot")
        self.imap_port, self.lmtp_port = free_port(), free_port()
        self._server = Child(
            "dovecot",
            [DOVECOT, "-F", "-c", str(self.directory / "dovecot.conf")],
            dict(os.environ),
            self.directory / "dovecot.log",
        )

    @property
    def url(self) -> str:
        """What IMAP_URL must say."""
        return f"imap://{self.user}:{self.password}@127.0.0.1:{self.imap_port}/INBOX"

    def start(self) -> None:
        """Returns once it takes connections on both ports."""
        (self.directory / "users").write_text(f"{self.user}:{{PLAIN}}{self.password}\n")
        (self.directory / "dovecot.conf").write_text(self._configuration())
        (self.directory / "mail").mkdir(exist_ok=True)
        shutil.chown(self.directory / "mail", "nobody", "nogroup")
        self._server.start()
        self._server.wait_until(lambda: answers(self.imap_port) and answers(self.lmtp_port), START_SECONDS)

    def stop(self) -> None:
        """As when its machine goes down for a while; mails stay."""
        self._server.stop()

    def discard(self) -> None:
        self._server.stop(5)
        shutil.rmtree(self.directory, ignore_errors=True)

    def renumber(self) -> None:
        """Forget every UID, as after the mailbox was restored: the same mails under new numbers."""
        time.sleep(1.1)  # a new UIDVALIDITY is the second in which Dovecot makes it
        for file in (self.directory / "mail" / self.user / "Maildir").glob("dovecot*"):
            file.unlink()

    def _configuration(self) -> str:
        return f"""
base_dir = {self.directory}/run
state_dir = {self.directory}/state
log_path = {self.directory}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
recipient_delimiter = +
auth_username_format = %n
lmtp_save_to_detail_mailbox = no
passdb {{
  driver = passwd-file
  args = {self.directory}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={self.directory}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp_port}
  }}
}}
"""


class Postfix:
    """A relay on `port`. `routes` says where mail for a domain goes, as Postfix's transport table does:
    `lmtp:inet:127.0.0.1:24`, `smtp:[127.0.0.1]:25`, `error:5.1.1 no such mailbox`."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self.directory = _open_directory("postfix")
        self.port = free_port()
        self._routes = routes
        self._server = Child(
            "postfix",
            [POSTFIX_MASTER, "-c", str(self.directory / "etc"), "-d"],
            dict(os.environ),
            self.directory / "master.log",
        )

    @property
    def url(self) -> str:
        """What SMTP_URL must say."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it takes connections."""
        etc = self.directory / "etc"
        for name in ("etc", "queue", "data"):
            (self.directory / name).mkdir(exist_ok=True)
        shutil.chown(self.directory / "data", "postfix", "postfix")
        (etc / "main.cf").write_text(self._main())
        (etc / "master.cf").write_text(_master(self.port))
        subprocess.run(["/usr/sbin/postfix", "-c", str(etc), "check"], check=True, capture_output=True)
        self._server.start()
        self._server.wait_until(lambda: answers(self.port), START_SECONDS)

    def discard(self) -> None:
        self._server.signal(signal.SIGTERM)
        self._server.wait(5)
        self._server.kill()
        time.sleep(0.1)  # its children end after it
        shutil.rmtree(self.directory, ignore_errors=True)

    def _main(self) -> str:
        routes = ", ".join(f"{{ {domain} = {route} }}" for domain, route in self._routes.items())
        return f"""
compatibility_level = 3.6
queue_directory = {self.directory}/queue
data_directory = {self.directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.lamphun.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ {routes} }}
default_transport = error:5.1.2 no route in this test
disable_dns_lookups = yes
smtp_host_lookup = native
alias_maps =
local_recipient_maps =
notify_classes =
maillog_file = {self.directory}/postfix.log
maillog_file_prefixes = {self.directory}
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
bounce_queue_lifetime = 1h
message_size_limit = 52428800
"""


def _master(port: int) -> str:
    parts = (
        f"127.0.0.1:{port} inet n - n - - smtpd",
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "smtp unix - - n - - smtp",
        "relay unix - - n - - smtp",
        "lmtp unix - - n - - lmtp",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "discard unix - - n - - discard",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
        "showq unix n - n - - showq",
    )
    return "\n".join(parts) + "\n"


def _open_directory(name: str) -> Path:
    """One that the servers' own users may enter."""
    directory = Path(tempfile.mkdtemp(prefix=f"prasan-{name}-"))
    directory.chmod(0o755)
    return directory
