-- Never filled: how strong a behaviour is follows from the signals at the moment it is asked for.

DROP TABLE behaviour_states;
