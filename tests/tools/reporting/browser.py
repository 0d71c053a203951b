"""Headless Chromium for the tests of what JavaScript does on a page."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which is not installed")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def run(page: Path, profile: Path, *arguments: str) -> str:
    """What Chromium prints for a page; the whole process group ends after a minute at most."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *arguments, page.as_uri()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        try:
            return process.communicate(timeout=60)[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def dump(html: str, folder: Path, script: str) -> str:
    """The page's DOM after `script` ran in it; the page's policy is left out, for it forbids foreign scripts."""
    start = html.index('<meta http-equiv="Content-Security-Policy"')
    end = html.index(">", start) + 1
    page = folder / "page.html"
    page.write_text(html[:start] + html[end:].replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return run(page, folder / "profile", "--dump-dom")
