"""Playback: the clock, the pump that decodes off the GUI thread, the pane that paints, and the transport bar."""
