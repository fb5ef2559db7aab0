"""Cal.com: bookings, as it sends them."""
