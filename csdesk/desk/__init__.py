"""The use cases: the one door through which every face and service changes the desk."""
