"""Programs that bring a table of people into a new file: each is given the table and the file."""
