"""Code that runs inside LibreOffice, in its own Python: nothing here imports the rest of this program."""
