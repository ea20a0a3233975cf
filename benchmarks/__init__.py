"""Speed, memory and latency, measured by scripts and never by timed tests."""
