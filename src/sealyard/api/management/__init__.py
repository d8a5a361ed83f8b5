"""The management door: the shapes of the Azure Resource Manager, as `az` and `sealyard` ask."""
