"""Problems, their codes and their words, grouped for a reader."""
