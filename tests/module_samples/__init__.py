"""The cases of every module and loss, one file for each family."""
