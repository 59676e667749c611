"""The sample applications: one standard-library file each, a process here, a container image elsewhere."""
