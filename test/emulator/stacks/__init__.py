"""CloudFormation as the emulator runs it: templates, stacks, and the calls that make resources."""
