"""The run time of a model fitted on any table: how columns are read, encoded, scored and explained."""
