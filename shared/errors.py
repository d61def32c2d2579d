"""Every error that Prasan raises on purpose, as one tree.

PrasanError
├── Refusal                      the caller asked for something that cannot be (a problem document)
│   ├── Unauthorised         401
│   ├── Forbidden            403
│   ├── NotFound             404
│   ├── Conflict             409  the state does not allow it
│   │   └── DuplicateValue   409  a value that must be unique is taken
│   ├── PreconditionFailed   412  If-Match names an older version
│   ├── TooLarge             413
│   ├── Invalid              422  fields are wrong, each named
│   ├── IdempotencyMismatch  422  the same Idempotency-Key with another body
│   ├── PreconditionRequired 428  If-Match is missing
│   └── Unavailable          503  a dependency is down; try again
├── DependencyDown               broker, database or mail server does not answer; wait and retry
├── Unroutable                   the broker has no queue for a message; keep it until it has
├── VersionConflict              a document changed between load and store; load again
├── AlreadyExists                a document of this id is stored already
├── Unreadable                   a message that can never be handled; keep it with its cause
│   └── ConflictingDuplicate     a known id with other content
├── NewerSchema                  the database was written by newer code; this code must not touch it
└── Misconfigured                a setting is missing or wrong; the process must not start
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class PrasanError(Exception):
    """The root of the tree."""


@dataclass(frozen=True)
class FieldError:
    """One wrong field: where (JSON pointer), a stable code, and the values its message needs."""

    field: str
    code: str
    params: Mapping[str, Any] | None = None


class Refusal(PrasanError):
    """A request that is answered with an RFC 9457 problem document.

    `code` is stable and names the message in the catalogue (`problem.<code>`); `params` fill its
    placeholders; `errors` name the wrong fields.
    """

    status = 400
    default_code = "bad-request"

    def __init__(
        self,
        code: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        **params: Any,
    ) -> None:
        self.code = code or self.default_code
        self.params = params
        self.errors = tuple(errors)
        super().__init__(f"{self.code} {params}" if params else self.code)


class Unauthorised(Refusal):
    status, default_code = 401, "unauthorised"


class Forbidden(Refusal):
    status, default_code = 403, "forbidden"


class NotFound(Refusal):
    status, default_code = 404, "not-found"


class Conflict(Refusal):
    status, default_code = 409, "conflict"


class DuplicateValue(Conflict):
    """A value that must be unique is taken; `params["index"]` names the index that says so."""

    default_code = "duplicate-value"


class PreconditionFailed(Refusal):
    status, default_code = 412, "precondition-failed"


class TooLarge(Refusal):
    status, default_code = 413, "too-large"


class Invalid(Refusal):
    status, default_code = 422, "invalid"


class IdempotencyMismatch(Refusal):
    status, default_code = 422, "idempotency-mismatch"


class PreconditionRequired(Refusal):
    status, default_code = 428, "precondition-required"


class Unavailable(Refusal):
    status, default_code = 503, "unavailable"


class DependencyDown(PrasanError):
    """A part that the work needs does not answer. `dependency` says which: broker, database, mail."""

    def __init__(self, dependency: str, cause: object = "") -> None:
        self.dependency = dependency
        self.cause = str(cause)
        super().__init__(f"{dependency} does not answer: {cause}")


class Unroutable(PrasanError):
    """No queue is bound for these messages. `message_ids` names them; all others were taken."""

    def __init__(self, message_ids: Iterable[str]) -> None:
        self.message_ids = frozenset(message_ids)
        super().__init__(f"no queue for {', '.join(sorted(self.message_ids))}")


class VersionConflict(PrasanError):
    """Somebody else stored a newer version between our load and our store."""


class AlreadyExists(PrasanError):
    """A document of this id is stored already. `document_id` says which."""

    def __init__(self, document_id: str) -> None:
        self.document_id = document_id
        super().__init__(document_id)


class Unreadable(PrasanError):
    """A message that no retry will mend. `cause` is a stable code, `detail` says more."""

    def __init__(self, cause: str, detail: object = "") -> None:
        self.cause = cause
        self.detail = str(detail)
        super().__init__(f"{cause}: {detail}" if detail else cause)


class ConflictingDuplicate(Unreadable):
    """An id that is already known arrived again with other content."""

    def __init__(self, document_id: str) -> None:
        super().__init__("conflicting-duplicate", document_id)


class NewerSchema(PrasanError):
    """The database has schema version `found`; this code knows up to `known`."""

    def __init__(self, database: str, found: int, known: int) -> None:
        self.database, self.found, self.known = database, found, known
        super().__init__(
            f"the database {database} has schema version {found} and this program knows {known}: "
            "run the newer version of Prasan, or restore a backup made by this one"
        )


class Misconfigured(PrasanError):
    """A setting is missing or wrong. The text says which variable and what to do."""
