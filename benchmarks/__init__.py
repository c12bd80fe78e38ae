"""What is measured, one script a row of docs/performance.md; `python -m benchmarks` runs them all."""
