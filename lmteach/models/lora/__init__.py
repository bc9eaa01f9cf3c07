"""LoRA: adapters of low rank beside weights that stay as they are."""
