"""The demonstration: sources rendered by the program itself, a suspect forged from one, the straight line over both."""
