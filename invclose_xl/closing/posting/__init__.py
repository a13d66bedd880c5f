"""From changes of cost to voucher lines."""
