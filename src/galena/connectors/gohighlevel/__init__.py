"""GoHighLevel: contacts, opportunities, messages, appointments and invoices, as it sends them."""
