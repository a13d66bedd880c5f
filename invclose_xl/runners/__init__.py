"""Where the parts of a run are closed: one after the other, in several processes, in Spark, by the same function."""
