"""Resource and identity policies, evaluated as AWS does it. See test/emulator/README.md for what is left out."""
