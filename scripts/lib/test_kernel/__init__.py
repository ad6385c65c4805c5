"""scripts/test-kernel, one concept a file: docs/test-kernel.md says what it does."""
