"""A project folder: reading its files, checking its definitions, planning a build and running it."""
