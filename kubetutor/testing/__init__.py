"""The pytest plugin: public fixtures for people who write lessons."""
