"""Lines that a tool wrote around the rows that it exported: how many there are, dashes, what it has done.

In      the text of a line, or of the only cell of a row that is filled in.
Out     why it is no row of data, as the report says it; '' for data.
Source  EXPORTS; the output of sqlcmd and SSMS, SQL*Plus, psql and mysql.
"""

import re

DASHES_LINE = "A line of dashes"
FOOTER_LINE = "A line of the tool that exported, such as (13 rows affected)"
_DASHES = re.compile(r"[-=+_*|]+(?:[ \t,;|+]+[-=+_*|]+)*")
_FOOTER = re.compile(
    r"\(?\s*\d[\d., ]*\s*(?:rows?|records?|lines?|entries|zeilen?|datens[äa]tze?|eintr[äa]ge?|lignes?|enregistrements?"
    r"|filas?|registros?)\b.*"
    r"|no rows (?:selected|affected).*|(?:completion time|abschlusszeit|heure de fin|hora de finalizaci[óo]n)\s*:.*"
    r"|(?:query (?:ok|returned)|elapsed:|time:|disconnected from|changed database context|commands? completed|sql>"
    r"|pl/sql procedure|end of (?:file|report|data)|(?:exported|generated) (?:on|at|by)|warning: null value is"
    r" eliminated|total rows|rows? exported).*",
    re.IGNORECASE | re.DOTALL,
)


def name_tool_line(text: str) -> str:
    """Return what a line is that is alone among rows; '' where it may be data."""
    line = text.strip()
    if _DASHES.fullmatch(line):
        return DASHES_LINE
    return FOOTER_LINE if _FOOTER.fullmatch(line) else ""
