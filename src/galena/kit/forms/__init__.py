"""Normal forms of texts: one spelling for what is written in many."""
