"""Learning from outcomes: training, honest evaluation, reports, and the test before a model takes over."""
