"""Pictures compared: where one lies in the other, and what differs. OpenCV and numpy; no files, no networks."""
