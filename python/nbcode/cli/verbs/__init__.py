"""One file a command: open the ports, call the command, render its value, return the exit code."""
