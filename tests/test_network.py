"""Nothing in the package opens a network connection.

Source  WORKBOOK "Command line": no command ever uses the network.
"""

import ast
import socket
from datetime import date
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item

ROOT = Path(__file__).parent.parent / "invclose_xl"
NETWORK = {
    "socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "poplib",
    "imaplib", "telnetlib", "xmlrpc", "socketserver", "asyncio", "websockets", "webbrowser", "paramiko", "grpc",
}  # fmt: skip
ALLOWED = {"urllib.parse"}
"""Takes addresses apart, opens none."""


def test_no_network_module_is_imported() -> None:
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{file.name}: {n}" for n in names if n.split(".")[0] in NETWORK and n not in ALLOWED]
    assert found == []


def test_a_close_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError(f"the network was asked for: {arguments} {named}")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 2, "20.00")
    book.issue("S1", date(2026, 1, 10), 1, "9.00")
    path = book.write(tmp_path / "book.xlsx")
    assert main(["check", str(path), "--date", "2026-01-31"]) == 0
    assert main([str(path), "--date", "2026-01-31"]) == 0
    assert main(["status", str(path)]) == 0
