"""The lessons at work: the learner's copy of them, JupyterLab around them, and a headless run of one."""
