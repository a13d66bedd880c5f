"""A screen without a monitor, with mouse, keyboard and camera; nothing of it is shared with another test run.

In      nothing.
Out     Display: move, click, type, see.
Errors  TimeoutError where something does not happen.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

PROGRAMS = ("Xvfb", "xdotool", "openbox", "import", "convert")
"""The last two are ImageMagick's: they take the pictures."""
WIDTH, HEIGHT = 1500, 1200
PATIENCE = 120.0
"""Seconds; a machine may be busy with other things."""


def not_installed(programs: tuple[str, ...] = PROGRAMS) -> list[str]:
    return [program for program in programs if shutil.which(program) is None]


def until(what: str, is_so: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait for something; return it."""
    end, last = time.monotonic() + seconds, ""
    while True:
        try:
            found = is_so()
        except Exception as fault:  # not there yet, whatever it says
            found, last = None, f" ({type(fault).__name__}: {fault})"
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}{last}")
        time.sleep(0.1)


class Display:
    """An X server of its own with a window manager."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []
        self.environment = dict(os.environ)
        reading, writing = os.pipe()
        screen = f"{WIDTH}x{HEIGHT}x24"
        self.run("Xvfb", "-displayfd", str(writing), "-screen", "0", screen, "-nolisten", "tcp", pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise TimeoutError("Xvfb did not start")
        self.environment["DISPLAY"] = f":{number}"
        self.run("openbox")

    def run(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program on this screen; it ends with it."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        self._started.append(subprocess.Popen(command, env=self.environment, **quiet, **options))
        return self._started[-1]

    def close(self) -> None:
        """End every program and what it started, the last one first."""
        for process in reversed(self._started):
            for signal in (SIGTERM, SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                    break

    def xdotool(self, *words: str) -> str:
        """Ask or tell the windows something; '' where that was refused."""
        try:
            run = subprocess.run(
                ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False, timeout=30
            )
        except subprocess.TimeoutExpired:
            return ""
        return run.stdout

    def windows(self, title: str) -> list[str]:
        """Return the open windows of a title."""
        return self.xdotool("search", "--onlyvisible", "--name", title).split()

    def click(self, x: int, y: int) -> None:
        """Click there with the mouse; the pointer arrives first."""
        self.xdotool("mousemove", str(x), str(y))
        until("the pointer is there", lambda: f"X={x}\nY={y}\n" in self.xdotool("getmouselocation", "--shell"), 20)
        time.sleep(0.1)
        self.xdotool("click", "1")

    def focus(self, window: str) -> None:
        """Give a window the keyboard."""
        until("the window has the keyboard", lambda: self._has_focus(window), 30)

    def _has_focus(self, window: str) -> bool:
        if self.xdotool("getwindowfocus", "-f").strip() == window:
            return True
        self.xdotool("windowactivate", window)
        self.xdotool("windowfocus", window)
        return False

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.xdotool("key", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type a text."""
        self.xdotool("type", "--delay", "20", "--", text)

    def picture(self, path: Path) -> None:
        """Take a picture once nothing moves any more, the pointer out of the way."""
        self.xdotool("mousemove", str(WIDTH - 5), str(HEIGHT - 200))
        time.sleep(0.3)
        seen = self._seen()
        for _ in range(10):
            time.sleep(0.2)
            before, seen = seen, self._seen()
            if before == seen:
                break
        command = ["convert", "ppm:-", "-strip", "+dither", "-colors", "128", f"png8:{path}"]
        subprocess.run(command, input=seen, env=self.environment, check=True, timeout=60)

    def _seen(self) -> bytes:
        command = ["import", "-silent", "-window", "root", "ppm:-"]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=60).stdout
