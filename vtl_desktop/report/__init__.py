"""Case -> report content -> PDF and JSON. Everything printed comes from the case, none of it from the window."""
