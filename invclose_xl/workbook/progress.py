"""How a command tells how far it is: one kind of function for all of them.

In      what is done, how much of it, and of how much.
"""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
