"""Vouchers as other systems load them: general journals of Dynamics 365 and Business Central, and plain CSV."""
