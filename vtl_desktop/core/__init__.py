"""The domain: values and arithmetic. Python and numpy only: no Qt, torch, cv2, h5py, files, threads or clocks."""
