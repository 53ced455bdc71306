"""The suspect's time with what tracing said about it: distance per clip, aligned segments, loop, playhead."""
