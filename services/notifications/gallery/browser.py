"""Photographs pages as a device shows them: so wide, in light or dark."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.notifications.gallery.devtools import DevTools

DEVICES = {"desktop": 1280, "phone": 390}  # CSS pixels wide
SCHEMES = ("light", "dark")
_TALLEST = 8000  # CSS pixels
_PHONE = 600  # narrower than this is a phone


class Browser:
    """One tab."""

    def __init__(self, devtools: DevTools) -> None:
        self._devtools = devtools
        target = devtools.call("Target.createTarget", url="about:blank")["targetId"]
        attached = devtools.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session: str = attached["sessionId"]

    def take_all(self, page: str, out: Path, name: str) -> Iterator[str]:
        """`{name}-{device}-{scheme}.png` for each; yields the names of those that scroll sideways."""
        for (device, width), scheme in product(DEVICES.items(), SCHEMES):
            taken = f"{name}-{device}-{scheme}"
            (out / f"{taken}.png").write_bytes(self.photograph(page, width, scheme == "dark"))
            if self._measure("scrollWidth") > width:
                yield taken

    def photograph(self, page: str, width: int, dark: bool) -> bytes:
        """A PNG of the whole page on a device `width` CSS pixels wide."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=scheme)
        self._resize(width, 400)
        self._show(page)
        self._resize(width, min(self._measure("scrollHeight"), _TALLEST))
        picture = self._call("Page.captureScreenshot", format="png")
        return base64.b64decode(picture["data"])

    def _resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < _PHONE}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def _show(self, page: str) -> None:
        frame = self._call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._call("Page.setDocumentContent", frameId=frame, html=page)

    def _measure(self, what: str) -> int:
        expression = f"document.fonts.ready.then(() => document.documentElement.{what})"
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True)
        return int(answer["result"]["value"])

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._devtools.call(method, self._session, **params)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of our own, gone at the end with all that it stored."""
    with TemporaryDirectory(prefix="prasan-gallery-", ignore_cleanup_errors=True) as profile:
        devtools = DevTools(Path(profile))
        try:
            yield Browser(devtools)
        finally:
            devtools.close()
