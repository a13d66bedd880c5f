"""Every code a problem can have: its title and the rule behind it. Documented in docs/problems.md.

IC1xx  the input is wrong: nothing is written, exit code 3
IC15x  the input was read with a remark
IC16x  our own result sheets cannot be trusted: refused, exit code 4

Source  RULES R0, R10.2, R11; WORKBOOK "Read".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means, in a few words, and the rule or page it stands on."""

    title: str
    rule: str = "WORKBOOK"


CODES: dict[str, Code] = {
    "IC101": Code("A required sheet is missing"),
    "IC102": Code("A required heading is missing"),
    "IC103": Code("Two columns have the same meaning"),
    "IC104": Code("Not a date", "R0"),
    "IC105": Code("Not a number", "R0"),
    "IC106": Code("A cell holds an error value", "R0"),
    "IC107": Code("A formula has no stored result", "R0"),
    "IC108": Code("A date with a time", "WORKBOOK"),
    "IC109": Code("A date outside the calendar", "R0"),
    "IC110": Code("A number where a date belongs", "R0"),
    "IC111": Code("A time or duration where a date belongs", "R0"),
    "IC112": Code("TRUE or FALSE where it does not belong", "R0"),
    "IC113": Code("A date where it does not belong", "R0"),
    "IC114": Code("A numeric ID of more than 15 digits", "R0"),
    "IC115": Code("A numeric ID with decimals", "R0"),
    "IC116": Code("A number that is too large", "R0"),
    "IC117": Code("A text that is too long", "R0"),
    "IC118": Code("A required value is missing"),
    "IC119": Code("A merged cell hides a required value"),
    "IC120": Code("Neither Yes nor No"),
    "IC121": Code("A Transaction ID occurs twice"),
    "IC122": Code("An item occurs twice"),
    "IC123": Code("An item model group occurs twice"),
    "IC124": Code("An unknown item"),
    "IC125": Code("An unknown item model group"),
    "IC126": Code("An unknown inventory model"),
    "IC127": Code("An unknown item type"),
    "IC128": Code("A quantity of zero"),
    "IC129": Code("A transaction without a date"),
    "IC130": Code("An amount with the other sign than its quantity"),
    "IC131": Code("A marked quantity that is not positive"),
    "IC132": Code("A prior settlement that cannot be"),
    "IC133": Code("A financial receipt without its cost amount"),
    "IC134": Code("A physical receipt without its cost amount"),
    "IC135": Code("More than one company"),
    "IC136": Code("A cost share outside 0 to 1"),
    "IC137": Code("An unknown dimension"),
    "IC138": Code("A dimension that is never financial", "R3.1"),
    "IC139": Code("A dimension stated twice"),
    "IC140": Code("A posting rule stated twice", "R9.1"),
    "IC141": Code("A cost adjustment of an unknown transaction", "R7.4"),
    "IC142": Code("A cost adjustment without an amount", "R7.4"),
    "IC143": Code("An unknown way to apply a cost adjustment", "R7.4"),
    "IC144": Code("A parameter with a value it cannot have"),
    "IC145": Code("A parameter stated twice"),
    "IC150": Code("A quantity with more than 6 decimals", "R0"),
    "IC151": Code("An amount with more decimals than the currency", "R0"),
    "IC152": Code("A number with more decimals than can be kept", "R0"),
    "IC153": Code("An unknown parameter"),
    "IC154": Code("An item without the cost price that its model needs", "R8.4"),
    "IC160": Code("A result sheet holds what was never written there", "R10.2"),
    "IC161": Code("A result sheet is missing", "R10.2"),
    "IC162": Code("A result sheet has lost a column", "R10.2"),
    "IC163": Code("The sheet Lock is missing or empty", "R10.2"),
}
