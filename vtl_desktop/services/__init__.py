"""The use cases, one verb each, called alike by the window, the command line and the tests. No Qt."""
