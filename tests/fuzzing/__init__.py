"""Fuzzing: values from bytes (`source`), what is done with them (`targets`), runs (`runner`)."""
