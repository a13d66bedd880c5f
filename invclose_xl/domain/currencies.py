"""Currency codes and signs, as amounts that are text may carry them.

Source  ISO 4217 (codes in use); Unicode, general category Sc (signs); RULES R0.
"""


def _list_currencies(words: str) -> frozenset[str]:
    return frozenset(words.split())


SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "$": _list_currencies(
        "ARS AUD BBD BMD BND BSD BZD CAD CLP COP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD USD UYU "
        "XCD"
    ),
    "£": _list_currencies("EGP FKP GBP GIP LBP SHP SSP SYP"),
    "¥": frozenset({"CNY", "JPY"}),
    "₹": frozenset({"INR"}),
    "₨": _list_currencies("INR LKR MUR NPR PKR SCR"),
    "₩": frozenset({"KPW", "KRW"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₴": frozenset({"UAH"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "₱": frozenset({"CUP", "PHP"}),
    "₦": frozenset({"NGN"}),
    "₡": frozenset({"CRC", "SVC"}),
    "₲": frozenset({"PYG"}),
    "₵": frozenset({"GHS"}),
    "₸": frozenset({"KZT"}),
    "₼": frozenset({"AZN"}),
    "₾": frozenset({"GEL"}),
    "₮": frozenset({"MNT"}),
    "₭": frozenset({"LAK"}),
    "៛": frozenset({"KHR"}),
    "֏": frozenset({"AMD"}),
}
"""Sign -> the currencies that are written with it"""

CODES = _list_currencies(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
) | frozenset(SIGNS)
"""What may be before or behind an amount: the codes of ISO 4217, and signs"""


def can_stand_for(mark: str, currency: str) -> bool:
    """Say whether an amount with a sign or code may be one of a currency; of one that is no code, any may be."""
    if currency.upper() not in CODES:
        return True
    return currency.upper() in SIGNS.get(mark, frozenset({mark.upper()}))
