"""The window: the only place with widgets. It reaches files, codecs and networks through `services` alone."""
