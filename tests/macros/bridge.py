"""LibreOffice from the tests' own Python, through its socket.

In      a running LibreOffice that listens on a port.
Out     its desktop and component context.
Errors  ImportError where LibreOffice's Python bridge is not installed for this Python.
"""

import sys
from typing import Any

BRIDGE = "/usr/lib/python3/dist-packages"
"""Where Debian keeps the bridge; a virtual environment does not look there."""


def bridge() -> Any:
    """Return the module ``uno``."""
    try:
        import uno
    except ImportError:
        sys.path.append(BRIDGE)
        import uno
    return uno


def desktop(port: int) -> Any:
    """Return the desktop of the LibreOffice that listens on a port."""
    uno = bridge()
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    context = resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context), context
